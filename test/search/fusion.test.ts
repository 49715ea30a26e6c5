import { expect, test } from 'vitest';
import { fuse } from '#dist/search/fusion.js';

const list = (ids: string) => ids.split('');
const idsOf = (hits: readonly { id: string }[]) => hits.map(({ id }) => id).join('');

test('what both lists have comes before what one has, by the places in both', () => {
  const hits = fuse(['a', 'b', 'c'], ['c', 'd']);
  expect(hits).toEqual([
    { id: 'c', visualRank: 3, keywordRank: 1 },
    { id: 'a', visualRank: 1, keywordRank: null },
    { id: 'b', visualRank: 2, keywordRank: null },
    { id: 'd', visualRank: null, keywordRank: 2 },
  ]);
});

test('ties go to what the visual list has further up, then to the smaller id', () => {
  expect(idsOf(fuse(['x', 'b'], ['b', 'x']))).toBe('xb');
  expect(idsOf(fuse(['x'], ['a']))).toBe('xa');
});

test('what is exact is among the first three, in its fused order, and moves nothing else', () => {
  const visual = list('abcdefgh');
  expect(idsOf(fuse(visual, ['z'], ['z']))).toBe('azbcdefgh');
  expect(idsOf(fuse(visual, list('abcdez'), ['z']))).toBe('abzcdefgh');
  expect(idsOf(fuse(visual, list('abcdexyz'), ['x', 'y', 'z', 'h']))).toBe('xyzabcdefgh');
  expect(idsOf(fuse(visual, ['a'], ['a']))).toBe('abcdefgh');
});

test('one list, or none, is as it was', () => {
  expect(idsOf(fuse(list('abc'), []))).toBe('abc');
  expect(idsOf(fuse([], list('abc')))).toBe('abc');
  expect(fuse([], [])).toEqual([]);
});
