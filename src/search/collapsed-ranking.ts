import type { DuplicatesOf } from '../assets/duplicates/duplicate-rows.js';
import type { Hit, Ranking } from './ranking.js';
import { readUntil } from './read-until.js';

/** A place of a ranking that stands for others too. */
export interface CollapsedHit extends Hit {
  /** Ids of its duplicates that no place above it stands for, wherever they are in the ranking, or not at all. */
  readonly standsFor: readonly string[];
}

/** Where the collapsed ranking ends: every page of it costs as much as all that is above. */
export const MAX_COLLAPSED = 10_000;

/**
 * The ranking without what is a duplicate, near or exact, of something above it. Every read begins at the top, because what is there
 * decides what is left out below; depths are places of the ranking, of which the best `MAX_COLLAPSED` are looked at.
 *
 * @param duplicatesOf what tells the duplicates of each of these assets
 */
export function collapsedRanking(
  ranking: Ranking,
  duplicatesOf: (ids: readonly string[]) => Promise<DuplicatesOf>,
): Ranking<CollapsedHit> {
  return {
    async read(depth, limit) {
      for (let end = depth + limit; ; end *= 2) {
        const { hits, ...read } = await readTo(ranking, Math.min(end, MAX_COLLAPSED));
        const isEnd = read.isEnd || end >= MAX_COLLAPSED;
        const reached = hits.length;
        const duplicates = await duplicatesOf(hits.map(({ id }) => id));
        const found = collapse(hits, duplicates).filter((hit) => hit.depth > depth);
        const isEnough = found.length >= limit;
        if (isEnough || isEnd) {
          const page = found.slice(0, limit);
          const isLast = isEnd && found.length <= limit;
          return { hits: page, depth: isLast ? reached : (page.at(-1)?.depth ?? reached), isEnd: isLast };
        }
      }
    },
  };
}

/** So many from the top, or all. */
async function readTo(ranking: Ranking, count: number) {
  const { kept, isEnd } = await readUntil(ranking, 0, count, (hits) => hits);
  const hits = kept.slice(0, count).map((hit, index) => ({ ...hit, depth: index + 1 }));
  return { hits, isEnd: isEnd && kept.length <= count };
}

function collapse(hits: readonly Hit[], duplicatesOf: DuplicatesOf): readonly CollapsedHit[] {
  const taken = new Set<string>();
  const found: CollapsedHit[] = [];
  for (const hit of hits) {
    if (taken.has(hit.id)) continue;
    taken.add(hit.id);
    const standsFor = duplicatesOf(hit.id).filter((id) => !taken.has(id));
    for (const id of standsFor) taken.add(id);
    found.push({ ...hit, standsFor });
  }
  return found;
}
