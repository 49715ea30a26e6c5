import type { Coverage, FindVisual } from './ranking.js';
import { AfterimageError, expected } from '../errors.js';

/** What of a ranking by meaning is left out: what hardly fits the query, or nothing. */
export const SEARCH_CUTOFFS = ['AUTO', 'NONE'] as const;
export type SearchCutoff = (typeof SEARCH_CUTOFFS)[number];

/** A little below where F1 is best, at 0.35: docs/decisions/013-relevance.md. */
export const AUTO_RELEVANCE = 0.3;

export interface CutoffRequest {
  /** NONE by default. */
  readonly cutoff?: SearchCutoff | null;
  /** Instead of a cutoff: the least relevance, 0 to 1. */
  readonly minRelevance?: number | null;
}

/** @returns the least relevance; undefined where nothing is cut off @throws INVALID_ARGUMENT */
export function leastRelevance({ cutoff, minRelevance }: CutoffRequest): number | undefined {
  if (minRelevance == null) return cutoff === 'AUTO' ? AUTO_RELEVANCE : undefined;
  if (cutoff != null)
    throw new AfterimageError('INVALID_ARGUMENT', 'expected one of cutoff and minRelevance, received both');
  if (!(minRelevance >= 0 && minRelevance <= 1))
    throw new AfterimageError('INVALID_ARGUMENT', expected('0 to 1', 'minRelevance', minRelevance));
  return minRelevance;
}

/** A list by meaning that ends above the first score that is less. */
export function cutOff(find: FindVisual, leastScore: () => Promise<number>): FindVisual {
  return async (limit, offset) => {
    const [found, least] = await Promise.all([find(limit, offset), leastScore()]);
    return found.filter(({ score }) => score >= least);
  };
}

/** Those that such a list has. @param scoresOf by id, as far as there are any */
export function idsAbove(
  scoresOf: (ids: readonly string[]) => Promise<ReadonlyMap<string, number>>,
  leastScore: () => Promise<number>,
): Coverage['of'] {
  return async (ids) => {
    const [scores, least] = await Promise.all([scoresOf(ids), leastScore()]);
    return new Set(ids.filter((id) => (scores.get(id) ?? -Infinity) >= least));
  };
}
