import { AfterimageError, expected } from '../errors.js';
import type { Example, Recommendation } from './vectorstore.js';

// Sums of float32 that cancel out end this near to zero.
const NO_LENGTH = 1e-6;

/** The ids among the examples. */
export function exampleIds({ positive, negative = [] }: Recommendation): string[] {
  return [...positive, ...negative].filter((example) => typeof example === 'string');
}

/**
 * The unit vector that a recommendation looks for: mean(positive), or 2 mean(positive) - mean(negative), as Qdrant's
 * strategy "average_vector" has it.
 *
 * @param found the vectors of the points that are examples, by id
 * @returns null where the examples cancel out
 * @throws POINT_NOT_FOUND for an example that is not among them
 */
export function targetOf(
  { positive, negative = [] }: Recommendation,
  found: ReadonlyMap<string, Float32Array>,
): Float32Array | null {
  const mean = meanOf(positive, found);
  const target = negative.length === 0 ? mean : awayFrom(mean, meanOf(negative, found));
  const length = Math.hypot(...target);
  return length < NO_LENGTH ? null : Float32Array.from(target, (value) => value / length);
}

/** @throws POINT_NOT_FOUND */
export function pointNotFound(id: string): AfterimageError {
  return new AfterimageError('POINT_NOT_FOUND', expected('the ids of points', 'the examples', id));
}

function awayFrom(mean: Float64Array, other: Float64Array): Float64Array {
  return mean.map((value, axis) => 2 * value - other[axis]!);
}

function meanOf(examples: readonly Example[], found: ReadonlyMap<string, Float32Array>): Float64Array {
  const vectors = examples.map((example) => {
    if (typeof example !== 'string') return example;
    const vector = found.get(example);
    if (!vector) throw pointNotFound(example);
    return vector;
  });
  return Float64Array.from(vectors[0]!, (_, axis) => sum(vectors.map((vector) => vector[axis]!)) / vectors.length);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
