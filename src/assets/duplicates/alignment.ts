import { GRID_EDGE } from './luma.js';

/** How much of a picture may be missing at each of its sides, in hundredths of its width or height. */
const MAX_CROP = 12;
/** By how many hundredths the sides are moved, in turns, until nothing gets better. */
const STEPS = [4, 2, 1];
/** Where the sides belong is looked for on a coarser grid. */
const COARSE_EDGE = 16;
const COARSE_POINTS = COARSE_EDGE ** 2;
/** Pictures that are so little alike at a stage are given up: nothing makes up for it. */
const LEAST_UNALIGNED = 0.15;
const LEAST_ALIGNED = 0.45;
/** The way round that is behind by more than that at a stage does not catch up. */
const LEEWAY = 0.05;
/** Variance of levels below which nothing can be said of a correlation. */
const FLAT_VARIANCE = 1e-6;

/** What is missing of a picture at each side, in hundredths of its width or height. */
export type Window = Readonly<Record<(typeof SIDES)[number], number>>;
const SIDES = ['left', 'right', 'top', 'bottom'] as const;
const WHOLE: Window = { left: 0, right: 0, top: 0, bottom: 0 };

/** All of the one grid is most like that part of the other. */
export interface Alignment {
  readonly of: Uint8Array;
  readonly within: Uint8Array;
  readonly window: Window;
}

/**
 * Lays one picture on that part of the other where it fits best, whichever of them shows less.
 * @param a grids as of `lumaGrid`
 * @returns undefined for pictures that are plainly different
 */
export function align(a: Uint8Array, b: Uint8Array): Alignment | undefined {
  const [ofA, ofB] = [a, b].map((grid) => normalise(sample(grid, WHOLE, COARSE_EDGE))) as [Float64Array, Float64Array];
  const correlation = dotProduct(ofA, ofB);
  if (correlation < LEAST_UNALIGNED) return undefined;
  let open = [startOf(a, ofA, b, correlation), startOf(b, ofB, a, correlation)];
  for (const step of STEPS) {
    const moved = open.map((search) => improve(search, step));
    const best = Math.max(...moved.map(({ correlation }) => correlation));
    if (best < LEAST_ALIGNED) return undefined;
    open = moved.filter(({ correlation }) => correlation >= best - LEEWAY);
  }
  return open.reduce((best, other) => (other.correlation > best.correlation ? other : best));
}

/** The levels of a grid of `edge` x `edge` points that lie evenly in a window. */
export function sample(grid: Uint8Array, { left, right, top, bottom }: Window, edge: number): Float64Array {
  const columns = transpose(between(grid, placesBetween(top, bottom, edge)), edge);
  return transpose(between(columns, placesBetween(left, right, edge)), edge);
}

interface Search extends Alignment {
  /** `of` on the coarser grid with a mean of 0 and a length of 1, row by row and column by column. */
  readonly rows: Float64Array;
  readonly columns: Float64Array;
  /** `within`, column by column. */
  readonly withinColumns: Float64Array;
  readonly correlation: number;
}

function startOf(of: Uint8Array, rows: Float64Array, within: Uint8Array, correlation: number): Search {
  const columns = transpose(rows, COARSE_EDGE);
  return { of, within, window: WHOLE, rows, columns, withinColumns: transpose(within, GRID_EDGE), correlation };
}

/** Moves one side at a time, until nothing gets better. */
function improve(start: Search, step: number): Search {
  let best = start;
  let across = pointsAcross(start);
  let down = pointsDown(start);
  for (;;) {
    const { rows, columns, window } = best;
    for (const by of [step, -step])
      for (const side of SIDES) {
        const moved = Math.min(Math.max(window[side] + by, 0), MAX_CROP);
        if (moved === window[side]) continue;
        const tried = { ...window, [side]: moved };
        const correlation = isAcross(side)
          ? correlate(columns, across, placesBetween(tried.left, tried.right, COARSE_EDGE))
          : correlate(rows, down, placesBetween(tried.top, tried.bottom, COARSE_EDGE));
        if (correlation > best.correlation) best = { ...best, window: tried, correlation };
      }
    const side = SIDES.find((each) => best.window[each] !== window[each]);
    if (!side) return best;
    // Where a side across was moved only the columns of points change, where one of the others was only the rows.
    if (isAcross(side)) down = pointsDown(best);
    else across = pointsAcross(best);
  }
}

function isAcross(side: keyof Window): boolean {
  return side === 'left' || side === 'right';
}

/** What a side across is moved over: the rows of points between the other two. */
function pointsAcross({ within, window: { top, bottom } }: Search): Float64Array {
  return transpose(between(within, placesBetween(top, bottom, COARSE_EDGE)), COARSE_EDGE);
}

/** What one of the others is: the columns of points. */
function pointsDown({ withinColumns, window: { left, right } }: Search): Float64Array {
  return transpose(between(withinColumns, placesBetween(left, right, COARSE_EDGE)), COARSE_EDGE);
}

/** The correlation of a normalised list with the points between lines, which are as long as the lines are many. */
function correlate(normalised: Float64Array, lines: Float64Array, { first, second, share }: Places): number {
  let [sum, squares, products, point] = [0, 0, 0, 0];
  for (let line = 0; line < COARSE_EDGE; line++) {
    const one = first[line]! * COARSE_EDGE;
    const other = second[line]! * COARSE_EDGE;
    const part = share[line]!;
    for (let at = 0; at < COARSE_EDGE; at++) {
      const level = lines[one + at]! * (1 - part) + lines[other + at]! * part;
      sum += level;
      squares += level * level;
      products += level * normalised[point++]!;
    }
  }
  const variance = squares - sum ** 2 / COARSE_POINTS;
  return variance < COARSE_POINTS * FLAT_VARIANCE ? 0 : products / Math.sqrt(variance);
}

/** To a mean of 0 and a length of 1; a flat one to zeros. */
function normalise(levels: Float64Array): Float64Array {
  let sum = 0;
  for (const level of levels) sum += level;
  const mean = sum / levels.length;
  const squares = dotProduct(levels, levels) - sum * mean;
  const scale = squares < levels.length * FLAT_VARIANCE ? 0 : 1 / Math.sqrt(squares);
  for (let index = 0; index < levels.length; index++) levels[index] = (levels[index]! - mean) * scale;
  return levels;
}

function dotProduct(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let index = 0; index < a.length; index++) sum += a[index]! * b[index]!;
  return sum;
}

/** Lines between those of a square grid. */
function between(grid: Uint8Array | Float64Array, { first, second, share }: Places): Float64Array {
  const length = grid.length / GRID_EDGE;
  const lines = new Float64Array(first.length * length);
  let point = 0;
  for (let line = 0; line < first.length; line++) {
    const one = first[line]! * length;
    const other = second[line]! * length;
    const part = share[line]!;
    for (let at = 0; at < length; at++) lines[point++] = grid[one + at]! * (1 - part) + grid[other + at]! * part;
  }
  return lines;
}

/** @param count how many lines there are */
function transpose(lines: Uint8Array | Float64Array, count: number): Float64Array {
  const length = lines.length / count;
  const transposed = new Float64Array(lines.length);
  let point = 0;
  for (let line = 0; line < count; line++)
    for (let at = 0; at < length; at++) transposed[at * count + line] = lines[point++]!;
  return transposed;
}

/** Between which two lines of the grid each is, and how near to the second. */
interface Places {
  readonly first: Uint8Array;
  readonly second: Uint8Array;
  readonly share: Float64Array;
}

/** There are not many, and each is asked for again and again. */
const knownPlaces = new Map<number, Places>();

/** Lines that lie evenly between two sides. */
function placesBetween(start: number, end: number, count: number): Places {
  const key = (count * (MAX_CROP + 1) + start) * (MAX_CROP + 1) + end;
  const known = knownPlaces.get(key);
  if (known) return known;
  const places = { first: new Uint8Array(count), second: new Uint8Array(count), share: new Float64Array(count) };
  for (let index = 0; index < count; index++) {
    const at = ((start + ((index + 0.5) / count) * (100 - end - start)) / 100) * GRID_EDGE - 0.5;
    const inside = Math.min(Math.max(at, 0), GRID_EDGE - 1);
    const first = Math.floor(inside);
    places.first[index] = first;
    places.second[index] = Math.min(first + 1, GRID_EDGE - 1);
    places.share[index] = inside - first;
  }
  knownPlaces.set(key, places);
  return places;
}
