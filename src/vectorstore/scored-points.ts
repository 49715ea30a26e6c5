import type { ScoredPoint } from './vectorstore.js';

/** Points are scored by different kernels; equal vectors differ in the last bits of a float32. */
const STEPS = 1e6;

/** A score as a whole number: in millionths. */
export function inSteps(score: number): number {
  return Math.round(score * STEPS);
}

export function scoredPoint(id: string, steps: number): ScoredPoint {
  return { id, score: steps / STEPS };
}

/** Best first, ties by id ascending. @param points sorted in place */
export function ranked(points: ScoredPoint[]): ScoredPoint[] {
  return points.sort((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1));
}
