import sharp from 'sharp';
import { expect, it } from 'vitest';
import { groupDuplicates } from '#dist/assets/duplicates/group-duplicates.js';
import type { Ranked } from '#dist/assets/duplicates/keeper-order.js';
import { sharpness } from '#dist/assets/duplicates/sharpness.js';
import { sample } from '../../support/pictures.js';

const ranked = (id: string, more: Partial<Ranked> = {}): Ranked => ({
  id,
  pixels: 100,
  isDeep: false,
  sharpness: 50,
  time: 9,
  bytes: 20,
  ...more,
});
const group = (assets: readonly Ranked[], pairs: readonly (readonly [string, string])[]) =>
  groupDuplicates(assets, (id) =>
    pairs.flatMap(([a, b]) => (a === id ? { id: b, similarity: 1 } : b === id ? { id: a, similarity: 1 } : [])),
  ).map(({ keeper, reason, others }) => [keeper.id, reason, others.map((other) => other.id).join('')]);

it.each([
  ['LARGEST', { pixels: 101, sharpness: 0, time: 10 }],
  ['DEEPEST', { isDeep: true, sharpness: 10, time: 10 }],
  ['SHARPEST', { sharpness: 251, time: 10 }],
  ['OLDEST', { sharpness: 10, time: 8 }],
  ['MOST_BYTES', { sharpness: 10, bytes: 21 }],
  ['ANY', {}],
])('the keeper is the %s', (reason, more) => {
  expect(group([ranked('b'), ranked('a', more), ranked('c')], [['a', 'b'], ['a', 'c']])).toEqual([['a', reason, 'bc']]); // prettier-ignore
});

it('a chain does not melt into one group: each is a duplicate of its keeper', () => {
  const chain = [
    ['a', 'b'],
    ['b', 'c'],
    ['c', 'd'],
    ['d', 'e'],
  ] as const;
  expect(
    group(
      ['a', 'b', 'c', 'd', 'e'].map((id) => ranked(id)),
      chain,
    ),
  ).toEqual([
    ['a', 'ANY', 'b'],
    ['c', 'ANY', 'd'],
  ]);
  const best = [ranked('a'), ranked('b'), ranked('c', { pixels: 200 }), ranked('d'), ranked('e')];
  expect(group(best, chain)).toEqual([['c', 'LARGEST', 'bd']]);
});

it('of those that are clearly sharper than the first, one is kept, though another is older', () => {
  // Each is about as sharp as the next, and the last clearly sharper than the first.
  const assets = [ranked('a', { time: 1 }), ranked('b', { time: 3, sharpness: 800 }), ranked('c', { time: 2, sharpness: 200 })]; // prettier-ignore
  expect(group(assets, [['a', 'b'], ['a', 'c'], ['b', 'c']])).toEqual([['b', 'SHARPEST', 'ac']]); // prettier-ignore
});

it('there is an end where the first gives way to a sharper one, and another not to the first', () => {
  const assets = [ranked('a', { time: 1 }), ranked('b', { time: 2, sharpness: 61 }), ranked('c', { time: 3, sharpness: 300 })]; // prettier-ignore
  expect(group(assets, [['a', 'b'], ['a', 'c']])).toEqual([['c', 'SHARPEST', 'a']]); // prettier-ignore
});

it('one of more bits a channel is kept, though another is sharper', () => {
  const assets = [ranked('a', { time: 1 }), ranked('b', { sharpness: 900 }), ranked('c', { isDeep: true })];
  expect(group(assets, [['a', 'b'], ['a', 'c'], ['b', 'c']])).toEqual([['c', 'DEEPEST', 'ab']]); // prettier-ignore
});

it('a keeper is the one to keep among its own duplicates, and what it leaves is a group of its own', () => {
  const blurred = [ranked('a', { sharpness: 10 }), ranked('b', { sharpness: 100 }), ranked('c', { sharpness: 1000 })];
  expect(group(blurred, [['a', 'b'], ['b', 'c']])).toEqual([['c', 'SHARPEST', 'b']]); // prettier-ignore
  expect(
    group(
      [...blurred, ranked('d', { sharpness: 10 })],
      [
        ['a', 'b'],
        ['b', 'c'],
        ['a', 'd'],
      ],
    ),
  ).toEqual([
    ['a', 'ANY', 'd'],
    ['c', 'SHARPEST', 'b'],
  ]);
});

it('of smooth pictures, what rounding makes is not sharper', () => {
  expect(group([ranked('a', { sharpness: 0.1 }), ranked('b', { sharpness: 9, time: 10 })], [['a', 'b']])).toEqual([['a', 'OLDEST', 'b']]); // prettier-ignore
});

it('what is not among the assets is in no group, and nothing is its own duplicate', () => {
  expect(group([ranked('a'), ranked('b')], [['a', 'x'], ['b', 'b']])).toEqual([]); // prettier-ignore
});

it('a blurred picture is less sharp, at any number of channels', async () => {
  const of = async (sigma: number, isGrey: boolean) => {
    const image = sharp(sample('harbour-boats').bytes);
    if (sigma > 0) image.blur(sigma);
    if (isGrey) image.greyscale();
    const { data, info } = await image.raw().toBuffer({ resolveWithObject: true });
    return sharpness({ data, ...info });
  };
  for (const isGrey of [false, true]) {
    const values = [await of(0, isGrey), await of(1, isGrey), await of(3, isGrey)];
    expect(values).toEqual([...values].sort((a, b) => b - a));
    expect(values[0]).toBeGreaterThan(4 * values[1]!);
  }
  expect(sharpness({ data: new Uint8Array(300).fill(7), width: 10, height: 10, channels: 3 })).toBe(0);
  expect(sharpness({ data: new Uint8Array(2), width: 2, height: 1, channels: 1 })).toBe(0);
});
