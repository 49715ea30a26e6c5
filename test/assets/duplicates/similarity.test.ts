import { expect, it } from 'vitest';
import { lumaGrid, lumaOf } from '#dist/assets/duplicates/luma.js';
import { isPlain, similarity } from '#dist/assets/duplicates/similarity.js';

const EDGE = 200;
/** A picture of blobs, as a level 0 to 255 at each place 0 to 1. */
const blobs = (seed: number) => (x: number, y: number) => {
  let level = 100;
  for (let index = 0; index < 9; index++) {
    const [cx, cy] = [Math.abs(Math.sin(seed + 7 * index)), Math.abs(Math.sin(2 * seed + 3 * index))];
    level += (index % 2 ? 120 : -90) * Math.exp(-((x - cx) ** 2 + (y - cy) ** 2) / 0.015);
  }
  return Math.min(Math.max(level, 0), 255);
};
const gridOf = (
  level: (x: number, y: number) => number,
  [left, top, right, bottom] = [0, 0, 1, 1] as readonly number[],
) => {
  const luma = Uint8Array.from({ length: EDGE ** 2 }, (_, at) =>
    level(left! + ((at % EDGE) / EDGE) * (right! - left!), top! + (Math.floor(at / EDGE) / EDGE) * (bottom! - top!)),
  );
  return lumaGrid({ luma, width: EDGE, height: EDGE });
};
const picture = blobs(1);
const whole = gridOf(picture);

it('is 1 for the same picture, whatever its contrast and brightness', () => {
  expect(similarity(whole, whole)).toBeCloseTo(1, 6);
  expect(
    similarity(
      whole,
      gridOf((x, y) => 0.5 * picture(x, y) + 60),
    ),
  ).toBeGreaterThan(0.999);
});

it.each([[[0.05, 0.05, 0.95, 0.95]], [[0, 0, 0.9, 1]], [[0.08, 0.02, 1, 0.92]]])(
  'finds the part %j in the whole, in either order',
  (area) => {
    const part = gridOf(picture, area);
    expect(similarity(whole, part)).toBeGreaterThan(0.98);
    expect(similarity(part, whole)).toBeCloseTo(similarity(whole, part), 6);
  },
);

it('does not mind a mark on less than a twentieth of it', () => {
  const marked = gridOf((x, y) => (x > 0.7 && y > 0.85 ? 255 : picture(x, y)));
  expect(similarity(whole, marked)).toBeGreaterThan(0.97);
});

it('keeps other pictures apart: a view farther on, the mirrored one, another one', () => {
  for (const other of [gridOf(picture, [0.25, 0.2, 1.25, 1.2]), gridOf((x, y) => picture(1 - x, y)), gridOf(blobs(5))])
    expect(similarity(whole, other)).toBeLessThan(0.9);
});

it('is 0 with a plain picture, of which any two are alike', () => {
  const plain = gridOf(() => 127);
  expect([isPlain(plain), isPlain(whole)]).toEqual([true, false]);
  expect(similarity(plain, plain)).toBe(0);
  expect(similarity(plain, whole)).toBe(0);
});

it('takes what is transparent for white', () => {
  const { luma } = lumaOf(Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 255, 255, 0, 0, 255), 3, 1);
  expect([...luma]).toEqual([255, 0, 76]);
});
