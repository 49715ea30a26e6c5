import { GRID_EDGE } from './luma.js';

/** How much of a picture may be missing at each of its sides. */
const MAX_CROP = 0.12;
/** By how much the sides are moved, in turns, until nothing gets better. */
const STEPS = [0.04, 0.02, 0.01];
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

/** What is left of a picture, each side as a share of its width or height. */
interface Window {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}
const WHOLE: Window = { left: 0, right: 1, top: 0, bottom: 1 };

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

/** Moves one side at a time, until nothing gets better. */
function improve(start: Fit, step: number): Fit {
  let best = start;
  for (let isBetter = true; isBetter;) {
    isBetter = false;
    for (const window of movedBy(step, best.window)) {
      const { correlation } = correlate(best.target, sample(best.within, window, COARSE_EDGE));
      if (correlation <= best.correlation) continue;
      best = { ...best, window, correlation };
      isBetter = true;
    }
  }
  return best;
}

function movedBy(step: number, { left, right, top, bottom }: Window): Window[] {
  const inside = (side: number) => Math.min(Math.max(side, 0), MAX_CROP);
  return [step, -step].flatMap((by) => [
    { left: inside(left + by), right, top, bottom },
    { left, right: 1 - inside(1 - right + by), top, bottom },
    { left, right, top: inside(top + by), bottom },
    { left, right, top, bottom: 1 - inside(1 - bottom + by) },
  ]);
}

function sample(grid: Uint8Array, { left, right, top, bottom }: Window, edge: number): Float64Array {
  const columns = between(left, right, edge);
  const rows = between(top, bottom, edge);
  const points = new Float64Array(edge ** 2);
  let point = 0;
  for (let y = 0; y < edge; y++) {
    const [above, below] = [rows.first[y]! * GRID_EDGE, rows.second[y]! * GRID_EDGE];
    const down = rows.share[y]!;
    for (let x = 0; x < edge; x++) {
      const [first, second, across] = [columns.first[x]!, columns.second[x]!, columns.share[x]!];
      const upper = grid[above + first]! * (1 - across) + grid[above + second]! * across;
      const lower = grid[below + first]! * (1 - across) + grid[below + second]! * across;
      points[point++] = upper * (1 - down) + lower * down;
    }
  }
  return points;
}

/** Points that lie evenly between two sides: between which two of the grid each is, and how near to the second. */
function between(start: number, end: number, count: number) {
  const places = { first: new Uint8Array(count), second: new Uint8Array(count), share: new Float64Array(count) };
  for (let index = 0; index < count; index++) {
    const at = (start + ((index + 0.5) / count) * (end - start)) * GRID_EDGE - 0.5;
    const inside = Math.min(Math.max(at, 0), GRID_EDGE - 1);
    const first = Math.floor(inside);
    places.first[index] = first;
    places.second[index] = Math.min(first + 1, GRID_EDGE - 1);
    places.share[index] = inside - first;
  }
  return places;
}

/** The correlation of two lists, and the line that makes of the second what is nearest to the first. */
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
  let line = correlate(a, b);
  for (let refit = 0; refit < REFITS; refit++) {
    const { slope, offset } = line;
    const errors = a.map((value, index) => Math.abs(value - slope * b[index]! - offset));
    const bound = errors.toSorted()[Math.ceil(errors.length * (1 - SHARE_LEFT_OUT)) - 1]!;
    line = correlate(a, b, errors, bound);
  }
  return line.correlation;
}
