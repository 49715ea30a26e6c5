import type { FindVisual } from './ranking.js';

/** As many are counted; a sample says how many there are beyond. */
const COUNTED = 1_000;

export interface Counting {
  readonly nearest: FindVisual;
  /** Ids of those of these assets that the search is among: the nearest may be others too. */
  readonly among: (ids: readonly string[]) => Promise<readonly string[]>;
  readonly leastScore: number;
  /** Scores of a random sample of what the search is among. */
  readonly sample: () => Promise<readonly number[]>;
  /** How many assets the search is among. */
  readonly count: () => Promise<number>;
}

/** @returns about how many assets have at least that score */
export async function estimateTotal({ nearest, among, leastScore, sample, count }: Counting): Promise<number> {
  const isEnough = (score: number) => score >= leastScore;
  const fitting = (await nearest(COUNTED, 0)).filter(({ score }) => isEnough(score));
  const counted = (await among(fitting.map(({ id }) => id))).length;
  if (fitting.length < COUNTED) return counted;
  const [scores, total] = await Promise.all([sample(), count()]);
  const share = scores.filter(isEnough).length / Math.max(1, scores.length);
  return Math.max(counted, Math.round(share * total));
}
