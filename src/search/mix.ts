import { AfterimageError, expected } from '../errors.js';

/** Something that a query is to be near to, or far from. */
export interface Clue {
  /** L2-normalised. */
  readonly embedding: Float32Array;
  /** Above 0 towards it, below 0 away from it. */
  readonly weight: number;
}

/**
 * What a picture counts for beside a text of the same weight: cosines between pictures spread wider than those between a
 * text and pictures, so that at the same share the picture alone would decide (docs/decisions/011-mixed-queries.md).
 */
export const PICTURE_SHARE = 0.5;
export const MAX_WEIGHT = 10;
/** Sums of float32 that cancel out end this near to zero. */
const NO_LENGTH = 1e-6;

/** @returns the L2-normalised weighted sum @throws INVALID_ARGUMENT where the clues cancel out */
export function mix(clues: readonly Clue[]): Float32Array {
  const total = new Float64Array(clues[0]!.embedding.length);
  for (const { embedding, weight } of clues) embedding.forEach((value, axis) => (total[axis]! += weight * value));
  const length = Math.hypot(...total);
  if (length < NO_LENGTH)
    throw new AfterimageError('INVALID_ARGUMENT', expected('clues that leave a direction', 'the query', 'none'));
  return Float32Array.from(total, (value) => value / length);
}

/** @returns the weight, 1 by default @throws INVALID_ARGUMENT */
export function checkWeight(weight: number | null | undefined): number {
  const given = weight ?? 1;
  if (!(given > 0 && given <= MAX_WEIGHT))
    throw new AfterimageError('INVALID_ARGUMENT', expected(`more than 0, ${MAX_WEIGHT} at most`, 'a weight', given));
  return given;
}
