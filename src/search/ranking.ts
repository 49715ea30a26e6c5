import { setImmediate as nextTurn } from 'node:timers/promises';
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

export type Find<Found> = (limit: number, offset: number) => Promise<readonly Found[]>;
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

/** The same list; what a fusion needs of it is asked for at once, but after all that its caller is about to ask. */
export function askedAhead<Found>(find: Find<Found>): Find<Found> {
  const fused = nextTurn().then(() => find(FUSED, 0));
  // Whoever reads the list is told.
  fused.catch(() => undefined);
  return (limit, offset) => (limit === FUSED && offset === 0 ? fused : find(limit, offset));
}

/** What a list by meaning has. */
export interface Coverage {
  /** Whether it has all assets. */
  readonly isWhole: () => Promise<boolean>;
  /** Which of these it has. */
  readonly of: (ids: readonly string[]) => Promise<ReadonlySet<string>>;
}

/** Depths from here on count the places of the list by words. */
const BY_WORDS = 2 ** 30;

/**
 * The best of both lists fused; after them, the visual list goes on where it was cut off, and where it does not have all
 * assets, the list by words does.
 *
 * A depth below the number of fused hits is a place among these; above it counts the places of the visual list, and from
 * `BY_WORDS` on those of the list by words.
 *
 * @param coverage asked for at the end of the visual list only, and where words have found more than was fused
 */
export function fusedRanking(findVisual: FindVisual, findKeyword: FindKeyword, coverage: Coverage): Ranking {
  const [byMeaning, byWords] = [visualRanking(findVisual), keywordRanking(findKeyword)];
  const fuseBoth = async () => {
    const [visual, keyword] = await Promise.all([findVisual(FUSED, 0), findKeyword(FUSED, 0)]);
    const scores = new Map(visual.map(({ id, score }) => [id, score]));
    const exact = keyword.flatMap(({ id, isExact }) => (isExact ? id : []));
    const hits = fuse(visual.map(({ id }) => id), keyword.map(({ id }) => id), exact); // prettier-ignore
    return {
      hits: hits.map((hit, index) => ({ ...hit, score: scores.get(hit.id) ?? null, depth: index + 1 })),
      ids: new Set(hits.map(({ id }) => id)),
      isWhole: visual.length < FUSED,
      hasMoreWords: keyword.length === FUSED,
    };
  };
  let fused: ReturnType<typeof fuseBoth> | undefined;

  return {
    async read(depth, limit) {
      const { hits, ids, isWhole, hasMoreWords } = await (fused ??= fuseBoth());
      if (depth >= BY_WORDS) {
        const more = await readOn(byWords, BY_WORDS, depth, limit);
        const shown = await coverage.of(more.hits.map(({ id }) => id));
        return { ...more, hits: more.hits.filter(({ id }) => !ids.has(id) && !shown.has(id)) };
      }
      const head = hits.slice(depth, depth + limit);
      const wanted = limit - head.length;
      if (wanted === 0)
        return { hits: head, depth: depth + limit, isEnd: isWhole && !hasMoreWords && depth + limit >= hits.length };
      const start = Math.max(depth, hits.length);
      const tail = isWhole
        ? { hits: [], depth: start, isEnd: true }
        : await readOn(byMeaning, hits.length, start, wanted);
      const goesOn = tail.isEnd && hasMoreWords && !(await coverage.isWhole());
      return {
        // What the keyword list brought up is not shown again.
        hits: [...head, ...tail.hits.filter(({ id }) => !ids.has(id))],
        depth: goesOn ? BY_WORDS : tail.depth,
        isEnd: tail.isEnd && !goesOn,
      };
    },
  };
}

/** Reads a list below what is fused of it. @param start the depth at which that is */
async function readOn(ranking: Ranking, start: number, depth: number, limit: number): Promise<Hits> {
  const read = await ranking.read(FUSED + depth - start, limit);
  const depthOf = (place: number) => place - FUSED + start;
  const hits = read.hits.map((hit) => ({ ...hit, depth: depthOf(hit.depth) }));
  return { hits, depth: depthOf(read.depth), isEnd: read.isEnd };
}
