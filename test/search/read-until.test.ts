import { expect, test } from 'vitest';
import { visualRanking } from '#dist/search/ranking.js';
import { readUntil } from '#dist/search/read-until.js';

/** Hits by their number, 30,000 of them, and how many were asked for each time. */
function numbered() {
  const limits: number[] = [];
  const ranking = visualRanking((limit, offset) => {
    limits.push(limit);
    const count = Math.min(limit, 30_000 - offset);
    return Promise.resolve(Array.from({ length: count }, (_, index) => ({ id: String(offset + index), score: 1 })));
  });
  return { ranking, limits };
}

const from = (number: number) => (hits: readonly { readonly id: string }[]) =>
  hits.flatMap(({ id }) => (Number(id) >= number ? id : []));

test('what is there is read in one step, and what is missing in another', async () => {
  const { ranking, limits } = numbered();
  expect(await readUntil(ranking, 5, 51, from(0))).toMatchObject({ kept: { length: 51 }, isEnd: false });
  expect(await readUntil(ranking, 5, 51, from(12))).toMatchObject({ kept: { length: 51 }, isEnd: false });
  expect(limits).toEqual([51, 51, 7]);
});

test('what is far down is reached in few steps', async () => {
  const { ranking, limits } = numbered();
  const { kept } = await readUntil(ranking, 0, 2, from(20_000));
  expect(kept.slice(0, 2)).toEqual(['20000', '20001']);
  expect(limits).toEqual([2, 4, 16, 64, 256, 1_024, 4_096, 16_384]);
  expect(await readUntil(ranking, 0, 2, from(29_999))).toEqual({ kept: ['29999'], isEnd: true });
});
