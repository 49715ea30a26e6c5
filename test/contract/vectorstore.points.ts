import { dotProduct } from '#dist/inference/vectors.js';
import type { Point, ScoredPoint } from '#dist/vectorstore/vectorstore.js';

/** The UUID that ends in this number. */
export function idOf(number: number): string {
  return `00000000-0000-4000-8000-${number.toString(16).padStart(12, '0')}`;
}

/** The direction of these coordinates, the missing ones 0. */
export function unit(coordinates: ArrayLike<number>, dimension: number): Float32Array {
  const length = Math.hypot(...Array.from(coordinates));
  return Float32Array.from({ length: dimension }, (_, axis) => (coordinates[axis] ?? 0) / length);
}

/** Unit vectors around random centres, as pictures of one library lie; the same ones every time. */
export function clusteredVectors(count: number, dimension: number, clusters: number): Float32Array[] {
  const random = mulberry32(20);
  const gauss = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const centres = Array.from({ length: clusters }, () => Array.from({ length: dimension }, gauss));
  return Array.from({ length: count }, () => {
    const centre = centres[Math.floor(random() * clusters)]!;
    return unit(
      centre.map((value) => value + 0.6 * gauss()),
      dimension,
    );
  });
}

/** All points whose place in the list matches, best first. */
export function bruteForce(
  points: readonly Point[],
  query: Float32Array,
  isMatch: (number: number) => boolean,
): ScoredPoint[] {
  return points
    .filter((_, number) => isMatch(number))
    .map(({ id, vector }) => ({ id, score: dotProduct(vector, query) }))
    .sort((a, b) => b.score - a.score);
}

function mulberry32(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
