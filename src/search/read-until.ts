import type { Hit, Ranking } from './ranking.js';

/** Where hardly anything is kept, each step is so many times as long as the one before: a list ranks all before it anew. */
const GROWTH = 4;
/** What is kept is asked for by the ids of a step. */
const LONGEST_STEP = 32_768;

/**
 * Reads a ranking from a depth on, until so many of its hits are kept: mostly in one step, and in few where the next that
 * is kept is far down.
 *
 * @param keep what is kept of some hits, in their order
 * @returns `count` or more, unless it is the end
 */
export async function readUntil<H extends Hit, Kept>(
  ranking: Ranking<H>,
  depth: number,
  count: number,
  keep: (hits: readonly H[]) => readonly Kept[] | Promise<readonly Kept[]>,
): Promise<{ readonly kept: readonly Kept[]; readonly isEnd: boolean }> {
  const kept: Kept[] = [];
  for (let step = 1; ; step = Math.min(step * GROWTH, LONGEST_STEP)) {
    const read = await ranking.read(depth, Math.max(count - kept.length, step));
    kept.push(...(await keep(read.hits)));
    if (kept.length >= count || read.isEnd) return { kept, isEnd: read.isEnd };
    depth = read.depth;
  }
}
