/**
 * Colours in cells of CIE L*a*b* (D65), so that an index of texts finds what looks like a colour. The database has the same
 * as the function "colour_cells", for an index of its own.
 */
const CELL = 8;
/** What sRGB reaches: the cells beyond are empty. */
const GAMUT = [
  [0, 100],
  [-87, 99],
  [-108, 95],
] as const;
const WHITE = [0.95047, 1, 1.08883] as const;

export const MAX_COLOUR_DISTANCE = 40;
const DEFAULT_COLOUR_DISTANCE = 15;

type Lab = readonly [number, number, number];

export function isColour(hex: string): boolean {
  return /^#[0-9a-f]{6}$/i.test(hex);
}

/** The cells that colours are in, each once. @param colours "#rrggbb"; what is no colour is left out */
export function colourCells(colours: readonly string[]): string[] {
  return [...new Set(colours.filter(isColour).map((hex) => nameOf(labOf(hex).map((value) => cellOf(value)))))];
}

/**
 * The cells that are, in part or whole, within a distance of a colour: none of its neighbours is missed, and what is up to a
 * cell farther away is among them.
 * @param maxDistance CIE 1976 colour difference (Euclidean in L*a*b*), 0 to 40; 2.3 is just noticeable
 */
export function cellsNear(hex: string, maxDistance?: number | null): string[] {
  const lab = labOf(hex);
  const distance = maxDistance ?? DEFAULT_COLOUR_DISTANCE;
  const [lightness, a, b] = lab.map((value, axis) => cellsAlong(value, distance, GAMUT[axis]!));
  const cells: string[] = [];
  for (const first of lightness!)
    for (const second of a!)
      for (const third of b!) {
        const cell = [first, second, third];
        if (Math.hypot(...cell.map((index, axis) => distanceTo(lab[axis]!, index))) <= distance)
          cells.push(nameOf(cell));
      }
  return cells;
}

/** @param hex "#rrggbb", sRGB (IEC 61966-2-1) */
export function labOf(hex: string): Lab {
  const [r, g, b] = [1, 3, 5].map((start) => toLinear(Number.parseInt(hex.slice(start, start + 2), 16) / 255)) as [
    number,
    number,
    number,
  ];
  const [x, y, z] = [
    0.4124564 * r + 0.3575761 * g + 0.1804375 * b,
    0.2126729 * r + 0.7151522 * g + 0.072175 * b,
    0.0193339 * r + 0.119192 * g + 0.9503041 * b,
  ].map((value, axis) => compress(value / WHITE[axis]!)) as [number, number, number];
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

function toLinear(value: number): number {
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
}

function compress(value: number): number {
  return value > 216 / 24_389 ? Math.cbrt(value) : ((24_389 / 27) * value + 16) / 116;
}

function cellsAlong(value: number, distance: number, [least, most]: readonly [number, number]): number[] {
  const first = cellOf(Math.max(least, value - distance));
  const last = cellOf(Math.min(most, value + distance));
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

/** Grey, which is zero on two axes, is in the middle of a cell: rounding moves no grey into another. */
function cellOf(value: number): number {
  return Math.floor(value / CELL + 0.5);
}

/** From a value to the nearest end of a cell; 0 within it. */
function distanceTo(value: number, cell: number): number {
  return Math.max(0, Math.abs(cell * CELL - value) - CELL / 2);
}

function nameOf(cell: readonly number[]): string {
  return cell.join(' ');
}
