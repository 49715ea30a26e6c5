import { expect, it } from 'vitest';
import { hashDistance, perceptualHash } from '#dist/assets/duplicates/perceptual-hash.js';

/** Levels of a wave of so many half periods an axis, which is one of the frequencies of the transform. */
const wave = (across: number, down: number, width = 48, height = 32, strength = 100) => ({
  luma: Uint8Array.from({ length: width * height }, (_, at) => {
    const [x, y] = [at % width, Math.floor(at / width)];
    const of = (place: number, length: number, half: number) =>
      Math.cos(((2 * place + 1) * half * Math.PI) / (2 * length));
    return 128 + strength * of(x, width, across) * of(y, height, down);
  }),
  width,
  height,
});
const bit = (hash: bigint, index: number) => (BigInt.asUintN(64, hash) >> BigInt(index)) & 1n;

it.each([
  [0, 1],
  [3, 0],
  [5, 6],
  [7, 7],
])('a wave of %i by %i half periods sets the bit of its frequency', (across, down) => {
  const hash = perceptualHash(wave(across, down));
  expect(bit(hash, 8 * down + across)).toBe(1n);
});

/** Of all frequencies, each in another strength, 1 to 8 either way. */
const texture = (width: number, height: number, contrast: number, brightness: number) => {
  const luma = new Uint8Array(width * height).fill(brightness);
  const levels = new Float64Array(luma.length);
  for (let v = 0; v < 8; v++)
    for (let u = 0; u < 8; u++) {
      const strength = ((5 * u + 3 * v) % 8) + 1;
      const { luma: own } = wave(u, v, width, height, 100);
      own.forEach((level, at) => (levels[at]! += ((u + v) % 2 ? -1 : 1) * strength * (level - 128)));
    }
  return { luma: luma.map((level, at) => level + contrast * levels[at]!), width, height };
};

it('hardly changes with size, contrast and brightness', () => {
  const hash = perceptualHash(texture(48, 32, 0.01, 120));
  for (const other of [texture(96, 64, 0.01, 120), texture(48, 32, 0.02, 120), texture(48, 32, 0.01, 150)])
    expect(hashDistance(perceptualHash(other), hash)).toBeLessThanOrEqual(4);
});

it('fits into a signed number of 64 bits', () => {
  const hash = perceptualHash(wave(7, 7));
  expect(hash).toBe(BigInt.asIntN(64, hash));
});

it('counts the bits that differ', () => {
  expect(hashDistance(0n, 0n)).toBe(0);
  expect(hashDistance(-1n, 0n)).toBe(64);
  expect(hashDistance(0b1011n, 0b0110n)).toBe(3);
  expect(hashDistance(-(2n ** 63n), 0n)).toBe(1);
});
