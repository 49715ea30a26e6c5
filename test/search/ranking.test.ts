import { expect, test } from 'vitest';
import { fusedRanking, type Ranking } from '#dist/search/ranking.js';
import { readUntil } from '#dist/search/read-until.js';

const numbered = (prefix: string, count: number) => Array.from({ length: count }, (_, index) => `${prefix}${index}`);
const pageOf =
  <T>(list: readonly T[]) =>
  (limit: number, offset: number) =>
    Promise.resolve(list.slice(offset, offset + limit));
const visual = (ids: readonly string[]) => pageOf(ids.map((id) => ({ id, score: 0.5 })));
const words = (ids: readonly string[]) => pageOf(ids.map((id) => ({ id, isExact: false })));

/** All ids, as a client reads them that goes on from the cursor of the last one it was given. */
async function idsOf(ranking: () => Ranking, first: number): Promise<string[]> {
  const ids: string[] = [];
  for (let after = 0; ;) {
    const { kept: page } = await readUntil(ranking(), after, first + 1, (hits) => hits);
    const kept = page.slice(0, first);
    ids.push(...kept.map(({ id }) => id));
    if (page.length <= first) return ids;
    after = kept.at(-1)!.depth;
  }
}

test.each([7, 50, 500])('pages of %i have everything once, whichever list is cut off', async (first) => {
  const both = numbered('both', 20);
  const coverage = (ids: readonly string[]) => ({
    isWhole: () => Promise.resolve(false),
    of: (asked: readonly string[]) => Promise.resolve(new Set(asked.filter((id) => ids.includes(id)))),
  });
  for (const [visualCount, wordCount] of [
    [0, 0],
    [0, 200],
    [30, 200],
    [40, 40],
    [90, 200],
    [90, 0],
    [300, 61],
  ] as const) {
    const seen = [...numbered('seen', visualCount), ...both];
    const said = [...both.slice(0, 10), ...numbered('said', wordCount), ...both.slice(10)];
    const ids = await idsOf(() => fusedRanking(visual(seen), words(said), coverage(seen)), first);
    expect(ids).toHaveLength(new Set(ids).size);
    expect(new Set(ids)).toEqual(new Set([...seen, ...said]));
  }
});

test('where the list by meaning has all assets, no other goes on after it', async () => {
  const all = numbered('asset', 150);
  const coverage = {
    isWhole: () => Promise.resolve(true),
    of: () => Promise.reject(new Error('expected no question, received one')),
  };
  const ids = await idsOf(() => fusedRanking(visual(all), words(all.toReversed()), coverage), 20);
  expect([...ids].sort()).toEqual([...all].sort());
});
