import { expect, test } from 'vitest';
import { collapsedRanking } from '#dist/search/collapsed-ranking.js';
import { visualRanking } from '#dist/search/ranking.js';

test('of pictures that are all the same the ranking ends after the best 10,000', async () => {
  let deepest = 0;
  const endless = visualRanking((limit, offset) => {
    deepest = Math.max(deepest, offset + limit);
    return Promise.resolve(Array.from({ length: limit }, (_, index) => ({ id: String(offset + index), score: 1 })));
  });
  const first = Array.from({ length: 20_000 }, (_, index) => String(index));
  const ranking = collapsedRanking(endless, () => Promise.resolve(() => first));
  const { hits, isEnd, depth } = await ranking.read(0, 51);
  expect([hits.map(({ id }) => id), isEnd, depth, deepest]).toEqual([['0'], true, 10_000, 10_000]);
  expect(await ranking.read(9_990, 51)).toMatchObject({ hits: [], isEnd: true });
  expect(deepest).toBe(10_000);
});
