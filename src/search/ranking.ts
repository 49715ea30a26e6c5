import type { KeywordHit } from './keyword-index.js';
import { fuse, type FusedHit } from './fusion.js';

/** One place of a ranking. */
export interface Hit extends FusedHit {
  /** Cosine of query and asset, where it is known without asking for it. */
  readonly score: number | null;
  /** What `read` is given to go on after it. */
  readonly depth: number;
}

export interface Hits<H extends Hit = Hit> {
  readonly hits: readonly H[];
  /** What `read` is given to go on after all of them. */
  readonly depth: number;
  readonly isEnd: boolean;
}

/** An order of assets that can be read from any depth on; 0 is the start. The same depth gives the same while nothing changes. */
export interface Ranking<H extends Hit = Hit> {
  read(depth: number, limit: number): Promise<Hits<H>>;
}

type Find<Found> = (limit: number, offset: number) => Promise<readonly Found[]>;
export type FindVisual = Find<{ readonly id: string; readonly score: number }>;
export type FindKeyword = Find<KeywordHit>;

/** How much of each list is fused. */
export const FUSED = 60;

export function visualRanking(find: FindVisual): Ranking {
  return listRanking(find, ({ id, score }, rank) => ({ id, score, visualRank: rank, keywordRank: null }));
}

export function keywordRanking(find: FindKeyword): Ranking {
  return listRanking(find, ({ id }, rank) => ({ id, score: null, visualRank: null, keywordRank: rank }));
}

function listRanking<Found>(find: Find<Found>, toHit: (found: Found, rank: number) => Omit<Hit, 'depth'>): Ranking {
  return {
    async read(depth, limit) {
      const found = await find(limit, depth);
      const hits = found.map((each, index) => ({ ...toHit(each, depth + index + 1), depth: depth + index + 1 }));
      return { hits, depth: depth + hits.length, isEnd: hits.length < limit };
    },
  };
}

/**
 * The best of both lists fused; after them, the visual list goes on where it was cut off.
 *
 * A depth below the number of fused hits is a place among these; above it counts the places of the visual list.
 */
export function fusedRanking(findVisual: FindVisual, findKeyword: FindKeyword): Ranking {
  const fuseBoth = async () => {
    const [visual, keyword] = await Promise.all([findVisual(FUSED, 0), findKeyword(FUSED, 0)]);
    const scores = new Map(visual.map(({ id, score }) => [id, score]));
    const exact = keyword.flatMap(({ id, isExact }) => (isExact ? id : []));
    const hits = fuse(visual.map(({ id }) => id), keyword.map(({ id }) => id), exact); // prettier-ignore
    return {
      hits: hits.map((hit, index) => ({ ...hit, score: scores.get(hit.id) ?? null, depth: index + 1 })),
      ids: new Set(hits.map(({ id }) => id)),
      isWhole: visual.length < FUSED,
    };
  };
  let fused: ReturnType<typeof fuseBoth> | undefined;
  return {
    async read(depth, limit) {
      const { hits, ids, isWhole } = await (fused ??= fuseBoth());
      const head = hits.slice(depth, depth + limit);
      if (head.length === limit || isWhole)
        return { hits: head, depth: depth + head.length, isEnd: depth + head.length >= hits.length && isWhole };
      const wanted = limit - head.length;
      const start = Math.max(depth, hits.length);
      const offset = FUSED + start - hits.length;
      const tail = await findVisual(wanted, offset);
      const rest = tail.map(({ id, score }, index) => ({
        id,
        score,
        visualRank: offset + index + 1,
        keywordRank: null,
        depth: start + index + 1,
      }));
      return {
        // What the keyword list brought up is not shown again.
        hits: [...head, ...rest.filter(({ id }) => !ids.has(id))],
        depth: start + tail.length,
        isEnd: tail.length < wanted,
      };
    },
  };
}
