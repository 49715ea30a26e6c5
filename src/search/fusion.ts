/** A place in one list or in both, counted from 1; null where a list does not have it. */
export interface FusedHit {
  readonly id: string;
  readonly visualRank: number | null;
  readonly keywordRank: number | null;
}

/** As in Cormack, Clarke and Buettcher, "Reciprocal Rank Fusion", SIGIR 2009, who found it to work for any lists. */
const K = 60;
/** What is called by its very name is not further down than this. */
const EXACT_WITHIN = 3;

/** What a hit has from each list; their sum decides, but for what is exactly what was asked for. */
export interface Contributions {
  readonly visual: number;
  readonly keyword: number;
}

export function contributionsOf({ visualRank, keywordRank }: Omit<FusedHit, 'id'>): Contributions {
  const of = (rank: number | null) => (rank === null ? 0 : reciprocalRank(rank));
  return { visual: of(visualRank), keyword: of(keywordRank) };
}

/** What a place in a list counts for. @param rank from 1 */
export function reciprocalRank(rank: number): number {
  return 1 / (K + rank);
}

/**
 * One list of two, by the sum of what both places count for; ties by the better visual place, then by id.
 *
 * @param visual ids, best first
 * @param keyword ids, best first
 * @param exact ids of `keyword` that are exactly what was asked for, best first: the first three of them end up among the
 *   first three of all
 */
export function fuse(visual: readonly string[], keyword: readonly string[], exact: readonly string[] = []): FusedHit[] {
  const visualRanks = ranksOf(visual);
  const keywordRanks = ranksOf(keyword);
  const hits = [...new Set([...visual, ...keyword])].map((id) => ({
    id,
    visualRank: visualRanks.get(id) ?? null,
    keywordRank: keywordRanks.get(id) ?? null,
  }));
  const weights = new Map(hits.map((hit) => [hit, weightOf(hit)]));
  hits.sort(
    (a, b) =>
      weights.get(b)! - weights.get(a)! ||
      (a.visualRank ?? Infinity) - (b.visualRank ?? Infinity) ||
      (a.id < b.id ? -1 : 1),
  );
  return withExactFirst(hits, new Set(exact.slice(0, EXACT_WITHIN)));
}

function withExactFirst(hits: readonly FusedHit[], exact: ReadonlySet<string>): FusedHit[] {
  const others = hits.filter(({ id }) => !exact.has(id)).slice(0, EXACT_WITHIN - exact.size);
  const front = new Set([...exact, ...others.map(({ id }) => id)]);
  return [...hits.filter(({ id }) => front.has(id)), ...hits.filter(({ id }) => !front.has(id))];
}

function ranksOf(ids: readonly string[]): Map<string, number> {
  return new Map(ids.map((id, index) => [id, index + 1]));
}

function weightOf(hit: FusedHit): number {
  const { visual, keyword } = contributionsOf(hit);
  return visual + keyword;
}
