import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { finishPicture, preprocess } from '#dist/inference/preprocess.js';
import { builtInModel } from '../support/encoder.js';

const { image: spec } = (await builtInModel()).manifest;

let upright: Buffer;
let expected: Uint8Array;

beforeAll(async () => {
  upright = await sharp('samples/cat-face.jpg').resize(400, 300, { fit: 'fill' }).png().toBuffer();
  expected = await pixels(upright);
});

const pixels = async (input: Buffer, settings = spec) =>
  finishPicture(await preprocess(sharp(input).autoOrient(), settings), settings);

/** The mean and the largest difference of two pictures, in steps of 0..255. */
function difference(a: Uint8Array, b: Uint8Array): { mean: number; largest: number } {
  expect(a).toHaveLength(b.length);
  const differences = a.map((value, index) => Math.abs(value - b[index]!));
  return {
    mean: differences.reduce((sum, value) => sum + value, 0) / differences.length,
    largest: differences.reduce((x, y) => Math.max(x, y)),
  };
}

describe('preprocess makes the same RGB pixels', () => {
  it('of a 16-bit picture', async () => {
    const deep = await sharp(upright).toColourspace('rgb16').png().toBuffer();
    expect((await sharp(deep).metadata()).depth).toBe('ushort');
    expect(difference(await pixels(deep), expected).largest).toBeLessThanOrEqual(2);
  });

  // [EXIF orientation, the turn and the mirroring that an upright picture needs to be stored so]
  it.each([
    [3, 180, false],
    [6, 270, false],
    [8, 90, false],
    [2, 0, true],
  ])('of a picture stored with EXIF orientation %i', async (orientation, angle, isMirrored) => {
    const turned = sharp(upright).rotate(angle).flop(isMirrored);
    const stored = await turned.withMetadata({ orientation }).webp({ lossless: true }).toBuffer();
    expect((await sharp(stored).metadata()).orientation).toBe(orientation);
    // Sharp adds an sRGB profile with the orientation, and converting from it rounds once more.
    expect(difference(await pixels(stored), expected).mean).toBeLessThan(1);
  });

  it('of a CMYK JPEG, as far as ink can show its colours', async () => {
    const inks = await sharp(upright).toColourspace('cmyk').jpeg({ quality: 100 }).toBuffer();
    expect((await sharp(inks).metadata()).space).toBe('cmyk');
    expect(difference(await pixels(inks), expected).mean).toBeLessThan(8);
  });

  it('of a picture with one grey channel, and with a palette', async () => {
    const grey = await sharp(upright).toColourspace('b-w').png().toBuffer();
    expect((await sharp(grey).metadata()).channels).toBe(1);
    const asRgb = await sharp(grey).toColourspace('srgb').png().toBuffer();
    expect((await sharp(asRgb).metadata()).channels).toBe(3);
    expect(await pixels(grey)).toEqual(await pixels(asRgb));

    const palette = await sharp(grey).toColourspace('srgb').png({ palette: true, dither: 0 }).toBuffer();
    expect((await sharp(palette).metadata()).isPalette).toBe(true);
    expect(difference(await pixels(palette), await pixels(asRgb)).mean).toBeLessThan(2);
  });
});

describe('transparent pixels', () => {
  const half = { width: 200, height: 300, channels: 4 } as const;
  const seeThrough = () =>
    sharp({ create: { ...half, width: 400, background: { r: 0, g: 0, b: 0, alpha: 0 } } }).composite([
      { input: { create: { ...half, background: { r: 200, g: 0, b: 0, alpha: 1 } } }, left: 0, top: 0 },
    ]);

  it.each([
    ['RGBA', { palette: false }],
    ['a palette', { palette: true }],
  ])('of %s lie on white', async (_, options) => {
    const result = await pixels(await seeThrough().png(options).toBuffer());
    const onWhite = await pixels(await seeThrough().flatten({ background: '#ffffff' }).png().toBuffer());
    expect(difference(result, onWhite).largest).toBeLessThanOrEqual(2);
    expect([...result.subarray(0, 3)]).toEqual([200, 0, 0]);
    expect([...result.subarray(-3)]).toEqual([255, 255, 255]);
  });

  it('lie on the colour that the manifest names', async () => {
    const result = await pixels(await seeThrough().png().toBuffer(), { ...spec, background: '#0a141e' });
    expect([...result.subarray(-3)]).toEqual([10, 20, 30]);
  });
});

it('a squashed picture shows all of it, a cropped one its middle', async () => {
  const [red, blue] = [
    { r: 255, g: 0, b: 0 },
    { r: 0, g: 0, b: 255 },
  ];
  const middle = { create: { width: 100, height: 100, channels: 3 as const, background: blue } };
  const wide = sharp({ create: { width: 300, height: 100, channels: 3, background: red } }).composite([
    { input: middle, left: 100, top: 0 },
  ]);
  const input = await wide.png().toBuffer();
  const size = { width: 30, height: 30 };
  const blueShare = (bytes: Uint8Array) =>
    bytes.filter((value, index) => index % 3 === 2 && value > 127).length / (size.width * size.height);

  expect(blueShare(await pixels(input, { ...spec, ...size, resize: 'squash' }))).toBeCloseTo(1 / 3, 1);
  expect(blueShare(await pixels(input, { ...spec, ...size, resize: 'crop' }))).toBe(1);
});

it('the pixels own their memory, so that they can be handed to a thread', async () => {
  for (const [width, bytes] of [
    [400, spec.width * spec.height * 3],
    [100, 100 * spec.height * 3],
  ] as const) {
    const input = await sharp(upright).resize(width, 300, { fit: 'fill' }).png().toBuffer();
    const { data } = await preprocess(sharp(input), spec);
    expect(data.buffer.byteLength).toBe(bytes);
    expect(structuredClone(data, { transfer: [data.buffer] })).toHaveLength(bytes);
  }
});

it('a picture that cannot be decoded is the decoder’s error', async () => {
  await expect(pixels(upright.subarray(0, 200))).rejects.toThrow();
  await expect(pixels(Buffer.from('no picture'))).rejects.toThrow('unsupported image format');
});
