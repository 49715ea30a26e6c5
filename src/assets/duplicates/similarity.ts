import { GRID_EDGE } from './luma.js';

/** How much of a picture may be missing at each of its sides, in hundredths of its width or height. */
const MAX_CROP = 12;
/** By how many hundredths the sides are moved, in turns, until nothing gets better. */
const STEPS = [4, 2, 1];
/** Where the sides belong is looked for on a coarser grid. */
const COARSE_EDGE = 16;
/** What may be altogether different, as under a watermark. */
const SHARE_LEFT_OUT = 0.05;
const REFITS = 3;
/** Pictures that are so little alike at a stage are given up: nothing makes up for it. */
const LEAST_UNALIGNED = 0.15;
const LEAST_ALIGNED = 0.45;
/** Variance of levels below which a picture is plain: what is left is noise, alike by chance. */
const PLAIN_VARIANCE = 4;

/** What is missing of a picture at each side, in hundredths of its width or height. */
type Window = Readonly<Record<(typeof SIDES)[number], number>>;
const SIDES = ['left', 'right', 'top', 'bottom'] as const;
const WHOLE: Window = { left: 0, right: 0, top: 0, bottom: 0 };

/**
 * Whether two pictures are one that was resized, compressed, coloured otherwise, marked, or cropped by a little: the
 * correlation of their grids (`lumaGrid`), once the one is laid on that part of the other where it fits best, without the
 * twentieth of all points that fits least. Contrast and brightness do not count, nor does the shape of the whole.
 *
 * @returns -1 to 1, 1 for the same picture; 0 where one of them is plain or where they are plainly different
 */
export function similarity(a: Uint8Array, b: Uint8Array): number {
  if (isPlain(a) || isPlain(b)) return 0;
  const { of, within, window, correlation } = fit(a, b);
  return correlation < LEAST_ALIGNED
    ? 0
    : withoutWorst(sample(of, WHOLE, GRID_EDGE), sample(within, window, GRID_EDGE));
}

/** Whether there is nothing to see in it. */
export function isPlain(grid: Uint8Array): boolean {
  let [sum, squares] = [0, 0];
  for (const level of grid) {
    sum += level;
    squares += level ** 2;
  }
  return squares / grid.length - (sum / grid.length) ** 2 < PLAIN_VARIANCE;
}

interface Fit {
  readonly of: Uint8Array;
  /** `of`, on the coarser grid. */
  readonly target: Float64Array;
  readonly within: Uint8Array;
  readonly window: Window;
  readonly correlation: number;
}

/** Finds the part of the one that is most like the other, whichever of them shows less. */
function fit(a: Uint8Array, b: Uint8Array): Fit {
  const [ofA, ofB] = [sample(a, WHOLE, COARSE_EDGE), sample(b, WHOLE, COARSE_EDGE)];
  const { correlation } = correlate(ofA, ofB);
  const start = { window: WHOLE, correlation };
  const inB = { of: a, target: ofA, within: b, ...start };
  if (correlation < LEAST_UNALIGNED) return inB;
  const inA = { of: b, target: ofB, within: a, ...start };
  const [first, second] = [inB, inA].map((from) =>
    STEPS.reduce(
      (best, step, turn) => (turn > 0 && best.correlation < LEAST_ALIGNED ? best : improve(best, step)),
      from,
    ),
  );
  return first!.correlation < second!.correlation ? second! : first!;
}

/** Filled anew for each part that is tried: some hundred a pair of pictures. */
const tried = new Float64Array(COARSE_EDGE ** 2);

/** Moves one side at a time, until nothing gets better. */
function improve(start: Fit, step: number): Fit {
  let best = start;
  for (let isBetter = true; isBetter;) {
    isBetter = false;
    for (const window of movedBy(step, best.window)) {
      const { correlation } = correlate(best.target, sample(best.within, window, COARSE_EDGE, tried));
      if (correlation <= best.correlation) continue;
      best = { ...best, window, correlation };
      isBetter = true;
    }
  }
  return best;
}

/** The windows with one side moved, as far as it may be. */
function movedBy(step: number, window: Window): Window[] {
  return [step, -step].flatMap((by) =>
    SIDES.flatMap((side) => {
      const moved = Math.min(Math.max(window[side] + by, 0), MAX_CROP);
      return moved === window[side] ? [] : { ...window, [side]: moved };
    }),
  );
}

function sample(
  grid: Uint8Array,
  { left, right, top, bottom }: Window,
  edge: number,
  points = new Float64Array(edge ** 2),
): Float64Array {
  const columns = placesBetween(left, right, edge);
  const rows = placesBetween(top, bottom, edge);
  let point = 0;
  for (let y = 0; y < edge; y++) {
    const above = rows.first[y]! * GRID_EDGE;
    const below = rows.second[y]! * GRID_EDGE;
    const down = rows.share[y]!;
    for (let x = 0; x < edge; x++) {
      const first = columns.first[x]!;
      const second = columns.second[x]!;
      const across = columns.share[x]!;
      const upper = grid[above + first]! * (1 - across) + grid[above + second]! * across;
      const lower = grid[below + first]! * (1 - across) + grid[below + second]! * across;
      points[point++] = upper * (1 - down) + lower * down;
    }
  }
  return points;
}

interface Places {
  readonly first: Uint8Array;
  readonly second: Uint8Array;
  readonly share: Float64Array;
}

/** There are not many, and each is asked for again and again. */
const knownPlaces = new Map<number, Places>();

/** Points that lie evenly between two sides: between which two of the grid each is, and how near to the second. */
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

/**
 * The correlation of two lists, and the line that makes of the second what is nearest to the first.
 * @param errors how far each is from a line; what is farther than `bound` does not count
 */
function correlate(a: Float64Array, b: Float64Array, errors?: Float64Array, bound = 0) {
  let [count, sumA, sumB, squaresA, squaresB, products] = [0, 0, 0, 0, 0, 0];
  for (let index = 0; index < a.length; index++) {
    if (errors && errors[index]! > bound) continue;
    const ofA = a[index]!;
    const ofB = b[index]!;
    count++;
    sumA += ofA;
    sumB += ofB;
    squaresA += ofA * ofA;
    squaresB += ofB * ofB;
    products += ofA * ofB;
  }
  const varianceA = squaresA - sumA ** 2 / count;
  const varianceB = squaresB - sumB ** 2 / count;
  const covariance = products - (sumA * sumB) / count;
  const isFlat = Math.min(varianceA, varianceB) < count * 1e-6;
  const slope = isFlat ? 0 : covariance / varianceB;
  return {
    correlation: isFlat ? 0 : covariance / Math.sqrt(varianceA * varianceB),
    slope,
    offset: (sumA - slope * sumB) / count,
  };
}

/** Fits a line, leaves out what lies farthest from it, and fits again: least trimmed squares (Rousseeuw, 1984). */
function withoutWorst(a: Float64Array, b: Float64Array): number {
  const kept = Math.ceil(a.length * (1 - SHARE_LEFT_OUT));
  const errors = new Float64Array(a.length);
  let line = correlate(a, b);
  for (let refit = 0; refit < REFITS; refit++) {
    const { slope, offset } = line;
    for (let index = 0; index < errors.length; index++)
      errors[index] = Math.abs(a[index]! - slope * b[index]! - offset);
    line = correlate(a, b, errors, errors.toSorted()[kept - 1]!);
  }
  return line.correlation;
}
