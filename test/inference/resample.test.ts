import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { resample } from '#dist/inference/resample.js';
import { resizeTarget } from '#dist/inference/resize-target.js';

/** Some pattern with hard edges, by arithmetic. */
function picture(width: number, height: number) {
  const data = Uint8Array.from({ length: width * height * 3 }, (_, index) => {
    const [x, y, channel] = [Math.floor(index / 3) % width, Math.floor(index / 3 / width), index % 3];
    const edge = (x + y) % 3 === 0 ? 255 : 0;
    return (x * 37 + y * 91 + channel * 53 + ((x * y * 29) % 97) * 3 + edge) % 256;
  });
  return { data, width, height };
}

const squash = (width: number, height: number) => resizeTarget(1, 1, { width, height, resize: 'squash' });

// What Pillow 12.3.0 makes of the same pattern.
describe('scales to the byte as Pillow does', () => {
  it.each([
    [
      'bicubic',
      3,
      2,
      5,
      4,
      '255,40,93,180,62,115,21,97,150,44,119,172,77,129,182,219,71,124,169,70,123,74,74,127,68,110,163,76,133,186,118,132,185,148,86,139,178,28,81,117,92,145,73,141,194,67,163,216,137,94,147,231,5,58,141,83,136,72,145,198',
    ],
    ['bicubic', 7, 5, 3, 2, '133,105,140,108,119,148,133,154,108,96,152,144,97,121,155,106,143,184'],
    [
      'bicubic',
      4,
      6,
      6,
      3,
      '178,119,138,159,87,125,119,68,126,78,124,178,109,106,159,148,77,128,89,152,101,110,152,137,118,144,176,69,120,170,59,99,158,63,86,148,136,188,133,149,204,136,137,193,143,52,105,150,99,154,151,166,221,149',
    ],
    ['bicubic', 1, 1, 2, 2, '255,52,105,255,52,105,255,52,105,255,52,105'],
    [
      'bilinear',
      3,
      2,
      4,
      3,
      '255,52,105,119,76,129,51,104,157,74,127,180,173,98,151,144,69,122,108,81,134,78,131,184,91,144,197,169,62,115,165,58,111,82,135,188',
    ],
    [
      'bilinear',
      9,
      4,
      4,
      2,
      '134,100,139,114,113,153,135,154,107,116,91,130,98,135,148,82,118,146,110,154,167,145,137,150',
    ],
  ] as const)('%s, %i x %i to %i x %i', (interpolation, fromWidth, fromHeight, width, height, bytes) => {
    expect(resample(picture(fromWidth, fromHeight), squash(width, height), interpolation).join()).toBe(bytes);
  });

  it.each([
    ['bicubic', 224, 224, 'b0b5ffb65d1225720236679aff24531fee238241b54d1b281bf15b0630f99b79'],
    ['bicubic', 512, 384, 'e5f3a6d3ce42a695be4e7512c708a2e40ce6e5a1a673b32bfdf57f55ee3b0e08'],
    ['bilinear', 97, 333, '185918c8b684cb936f0ddb0aa4e5fa035f765d5eac31f63e5e034aa7d0544858'],
  ] as const)('%s, 300 x 200 to %i x %i', (interpolation, width, height, sha256) => {
    expect(sha256Of(resample(picture(300, 200), squash(width, height), interpolation))).toBe(sha256);
  });

  it('and crops as cropping its result does', () => {
    const target = resizeTarget(300, 200, { width: 224, height: 224, resize: 'crop' });
    expect(target).toMatchObject({ scaledWidth: 336, scaledHeight: 224, left: 56, top: 0 });
    expect(sha256Of(resample(picture(300, 200), target, 'bicubic'))).toBe(
      'cf866bf58c7b87756c9b73c44a3dd3fc858070a269e5ba4b9078e7027f10c6c1',
    );
  });
});

it('the longer edge and the corner of the crop are rounded down', () => {
  const spec = { width: 224, height: 224, resize: 'crop' } as const;
  expect(resizeTarget(1024, 717, spec)).toMatchObject({ scaledWidth: 319, scaledHeight: 224, left: 47, top: 0 });
  expect(resizeTarget(191, 384, spec)).toMatchObject({ scaledWidth: 224, scaledHeight: 450, left: 0, top: 113 });
  expect(resizeTarget(1024, 717, { ...spec, shortestEdge: 256 })).toMatchObject({
    scaledWidth: 365,
    scaledHeight: 256,
    left: 70,
    top: 16,
    width: 224,
    height: 224,
  });
});

it('of a long picture that is cropped, only what is wanted is computed', () => {
  const target = resizeTarget(2, 100_000, { width: 224, height: 224, resize: 'crop' });
  const startMs = performance.now();
  expect(resample(picture(2, 100_000), target, 'bicubic')).toHaveLength(224 * 224 * 3);
  // The whole of its 11,200,000 rows would take minutes, and 7 GB.
  expect(performance.now() - startMs).toBeLessThan(5_000);
});

function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
