import { expect, test } from 'vitest';
import { estimateTotal } from '#dist/search/estimated-total.js';
import { measureScale, meanOf, onScale, relevanceOf } from '#dist/search/relevance.js';

const vector = (...values: number[]) => Float32Array.from(values);
const QUERY = vector(1, 0);
const BACKGROUND = {
  scale: { unrelated: 0.1, related: 0.3 },
  textMean: vector(0.2, 0),
  textLevel: 0.2,
  pictureMean: vector(0.1, 0),
  pictureCount: 100,
};

test('relevance rises with the score, from 0 to 1, and says at which score it is what', () => {
  const relevance = relevanceOf(QUERY, BACKGROUND);
  const values = [-1, 0, 0.2, 0.4, 1].map((score) => relevance.of(score));
  expect(values).toEqual(values.toSorted((a, b) => a - b));
  for (const wanted of [0.01, 0.3, 0.5, 0.99]) expect(relevance.of(relevance.scoreAt(wanted))).toBeCloseTo(wanted, 6);
  expect(relevance.scoreAt(0)).toBe(-Infinity);
  expect(relevance.scoreAt(1)).toBe(Infinity);
});

test('the same picture is less relevant to a query that is like everything', () => {
  const at = (background: object) => relevanceOf(QUERY, { ...BACKGROUND, ...background }).of(0.35);
  const usual = at({});
  expect(at({ textMean: vector(0.3, 0) })).toBeLessThan(usual);
  expect(at({ pictureMean: vector(0.2, 0) })).toBeLessThan(usual);
  // Few pictures say little.
  expect(at({ pictureMean: vector(0.2, 0), pictureCount: 1 })).toBeGreaterThan(at({ pictureMean: vector(0.2, 0) }));
  expect(at({ pictureMean: undefined, pictureCount: 0 })).toBeCloseTo(usual, 6);
});

test('another model with wider cosines gives the same relevance', () => {
  // score' = 2 * score + 0.1, for pictures; twice the differences between texts.
  const wide = {
    ...BACKGROUND,
    scale: { unrelated: 0.3, related: 0.7 },
    textMean: vector(0.5, 0),
    textLevel: 0.4,
    pictureMean: vector(0.34, 0),
  };
  const narrow = { ...BACKGROUND, textMean: vector(0.25, 0), pictureMean: vector(0.12, 0) };
  for (const score of [0.1, 0.25, 0.4])
    expect(relevanceOf(QUERY, wide).of(2 * score + 0.1)).toBeCloseTo(relevanceOf(QUERY, narrow).of(score), 5);
});

test('the scale of a model is measured by pictures and words', () => {
  const words = [vector(1, 0), vector(0, 1)];
  const scale = measureScale([vector(1, 0), vector(0.6, 0.8)], words);
  expect(scale.unrelated).toBeCloseTo((0.5 + 0.7) / 2, 6);
  expect(scale.related).toBeCloseTo((1 + 0.8) / 2, 6);
  expect(onScale(scale.related, scale)).toBe(1);
  // Nothing to measure by: no division by nothing.
  for (const pictures of [[], [vector(1, 1)]])
    expect(measureScale(pictures, words)).toEqual({ unrelated: 0, related: 1 });
  expect([...meanOf(words)]).toEqual([0.5, 0.5]);
});

test('a total is counted as far as 1,000, and beyond by the share of the sample', async () => {
  const scores = (above: number) =>
    Array.from({ length: 1_000 }, (_, index) => ({ id: String(index), score: index < above ? 0.9 : 0.1 }));
  const estimate = (above: number, sample: number[]) =>
    estimateTotal({
      nearest: (limit) => Promise.resolve(scores(above).slice(0, limit)),
      among: (ids) => Promise.resolve(ids),
      leastScore: 0.5,
      sample: () => Promise.resolve(sample),
      count: () => Promise.resolve(50_000),
    });
  expect(await estimate(0, [])).toBe(0);
  expect(await estimate(37, [0.9])).toBe(37);
  expect(await estimate(1_000, [0.9, 0.1, 0.1, 0.1])).toBe(12_500);
  expect(await estimate(1_000, [0.1])).toBe(1_000);
});
