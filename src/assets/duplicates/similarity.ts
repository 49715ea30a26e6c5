import { align, sample } from './alignment.js';
import { GRID_EDGE } from './luma.js';

/** What may be altogether different, as under a watermark. */
const SHARE_LEFT_OUT = 0.05;
const REFITS = 3;
/** A line that fits so little once it was fitted anew does not get to 0.9 any more. */
const LEAST_REFITTED = 0.7;
/** Variance of levels below which a picture is plain: what is left is noise, alike by chance. */
const PLAIN_VARIANCE = 4;

/**
 * Whether two pictures are one that was resized, compressed, coloured otherwise, marked, or cropped by a little: the
 * correlation of their grids (`lumaGrid`), once the one is laid on that part of the other where it fits best, without the
 * twentieth of all points that fits least. Contrast and brightness do not count, nor does the shape of the whole.
 *
 * @returns -1 to 1, 1 for the same picture; 0 where one of them is plain or where they are plainly different
 */
export function similarity(a: Uint8Array, b: Uint8Array): number {
  if (isPlain(a) || isPlain(b)) return 0;
  const alignment = align(a, b);
  if (!alignment) return 0;
  const { of, within, window } = alignment;
  return withoutWorst(Float64Array.from(of), sample(within, window, GRID_EDGE));
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
    if (line.correlation < LEAST_REFITTED) break;
  }
  return line.correlation;
}
