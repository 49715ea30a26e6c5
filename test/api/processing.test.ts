import sharp, { type Sharp } from 'sharp';
import { thumbHashToRGBA } from 'thumbhash';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { emptyEmbeddedDatabase } from '../support/databases.js';
import { bytesOf, halves, numbered, sample } from '../support/pictures.js';
import { startServer, type TestServer, type Upload } from '../support/server.js';

const FIELDS = `state width height orientation dominantColours thumbhash
  thumbnail: rendition(size: THUMBNAIL) { url width height mimeType byteSize }
  preview: rendition(size: PREVIEW) { url width height mimeType byteSize }`;

describe('processing', () => {
  const database = emptyEmbeddedDatabase();
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer({ database });
  });
  afterAll(() => server.close());

  const process = (bytes: Upload['bytes'], input?: object) => server.process(bytes, FIELDS, input);
  const download = async (url: string) => Buffer.from(await (await fetch(url)).arrayBuffer());

  test('renditions are smaller, in the shape of the picture, and what is said of them is so', async () => {
    const asset = await process(await bytesOf(numbered(1, { width: 3000, height: 2000 }).jpeg()));
    expect(asset).toMatchObject({
      state: 'READY',
      thumbnail: { width: 512, height: 341, mimeType: 'image/webp' },
      preview: { width: 1440, height: 960, mimeType: 'image/jpeg' },
    });
    for (const { url, width, height, mimeType, byteSize } of [asset.thumbnail, asset.preview]) {
      const response = await fetch(url);
      const bytes = Buffer.from(await response.arrayBuffer());
      const read = await sharp(bytes).metadata();
      expect([read.width, read.height, `image/${read.format}`, bytes.length]).toEqual([
        width,
        height,
        mimeType,
        byteSize,
      ]);
      expect(response.headers.get('content-type')).toBe(mimeType);
    }
  });

  test('a picture that is smaller than a rendition is not enlarged', async () => {
    const asset = await process(await bytesOf(numbered(2, { width: 30, height: 20 }).png()));
    expect(asset.thumbnail).toMatchObject({ width: 30, height: 20 });
    expect(asset.preview).toMatchObject({ width: 30, height: 20 });
  });

  test.each([1, 2, 3, 4, 5, 6, 7, 8])('a picture of EXIF orientation %i is upright everywhere', async (orientation) => {
    // Red above blue is what is meant to be seen, however the pixels lie.
    const upright = await halves('#0000ff', '#ff0000', 96, 48).png().toBuffer();
    const undo: Record<number, (image: Sharp) => Sharp> = {
      1: (image) => image,
      2: (image) => image.flop(),
      3: (image) => image.rotate(180),
      4: (image) => image.flip(),
      5: (image) => image.rotate(90),
      6: (image) => image.rotate(270),
      7: (image) => image.rotate(270),
      8: (image) => image.rotate(90),
    };
    const turned = sharp(
      await undo[orientation]!(sharp(await sharp(upright).rotate(270).png().toBuffer()))
        .png()
        .toBuffer(),
    );
    // Mirrored in a step of its own: within one, sharp mirrors before it turns.
    const pixels = await (orientation === 5 || orientation === 7 ? turned.flop() : turned).png().toBuffer();
    const asset = await process(await bytesOf(sharp(pixels).withMetadata({ orientation }).jpeg()));
    expect(asset).toMatchObject({ width: 48, height: 96, orientation: 'PORTRAIT' });
    for (const { url, width, height } of [asset.thumbnail, asset.preview]) {
      expect([width, height]).toEqual([48, 96]);
      const image = sharp(await download(url));
      const [red, , blue] = await image
        .clone()
        .extract({ left: 20, top: 10, width: 1, height: 1 })
        .removeAlpha()
        .raw()
        .toBuffer();
      expect([red! > 200, blue! < 60]).toEqual([true, true]);
      expect((await image.metadata()).orientation).toBeUndefined();
    }
  });

  test('the colours that fill most of a picture, the most common first', async () => {
    const image = halves('#e02020', '#2040c0').composite([
      { input: { create: { width: 48, height: 64, channels: 3, background: '#e02020' } }, left: 0, top: 0 },
      { input: { create: { width: 16, height: 64, channels: 3, background: '#2040c0' } }, left: 48, top: 0 },
    ]);
    const { dominantColours } = await process(await bytesOf(image.png()));
    const near = (colour: string, wanted: string) =>
      [1, 3, 5].every(
        (at) => Math.abs(parseInt(colour.slice(at, at + 2), 16) - parseInt(wanted.slice(at, at + 2), 16)) < 16,
      );
    expect(near(dominantColours[0], '#e02020')).toBe(true);
    expect(dominantColours.slice(1).some((colour: string) => near(colour, '#2040c0'))).toBe(true);
  });

  test('the thumbhash is a tiny picture of the same colours and shape', async () => {
    const { thumbhash } = await process(await bytesOf(halves('#ff0000', '#0000ff', 96, 48).png()));
    const { w, h, rgba } = thumbHashToRGBA(Buffer.from(thumbhash, 'base64'));
    expect(w / h).toBeCloseTo(2, 0);
    const row = Math.floor(h / 2) * w;
    const [left, right] = [(row + 2) * 4, (row + w - 3) * 4];
    expect([rgba[left]! > rgba[left + 2]!, rgba[right]! < rgba[right + 2]!]).toEqual([true, true]);
  });

  test('of an animation the first frame is shown, still', async () => {
    const frame = (background: string) =>
      sharp({ create: { width: 40, height: 30, channels: 3, background } })
        .png()
        .toBuffer();
    const frames = [await frame('#00ff00'), await frame('#ff00ff')];
    const gif = await bytesOf(sharp(frames, { join: { animated: true } }).gif());
    expect((await sharp(gif, { animated: true }).metadata()).pages).toBe(2);
    const asset = await process(gif);
    expect(asset).toMatchObject({ state: 'READY', width: 40, height: 30, preview: { width: 40, height: 30 } });
    const [red, green] = await sharp(await download(asset.preview.url))
      .raw()
      .toBuffer();
    expect([red! < 60, green! > 200]).toEqual([true, true]);
  });

  test('a picture of 16 bits a channel has the colours of its profile', async () => {
    const flat = await halves('#dc1e1e', '#1e3cc8').png().toBuffer();
    const bytes = await bytesOf(sharp(flat).toColourspace('rgb16').withIccProfile('srgb').png());
    expect(await sharp(bytes).metadata()).toMatchObject({ depth: 'ushort', hasProfile: true });
    const asset = await process(bytes);
    const colours = await sharp(await download(asset.preview.url)).raw().toBuffer(); // prettier-ignore
    const right = 3 * 60;
    const found = [...colours.subarray(0, 3), ...colours.subarray(right, right + 3)];
    for (const [at, value] of [0xdc, 0x1e, 0x1e, 0x1e, 0x3c, 0xc8].entries())
      expect(Math.abs(found[at]! - value)).toBeLessThan(6);
  });

  test('what is white on nothing is seen in the preview', async () => {
    const white = { input: { create: { width: 20, height: 15, channels: 3 as const, background: '#fff' } } };
    const clear = { r: 0, g: 0, b: 0, alpha: 0 };
    const logo = sharp({ create: { width: 40, height: 30, channels: 4, background: clear } }).composite([white]);
    const { preview } = await process(await bytesOf(logo.png()));
    const { channels } = await sharp(await download(preview.url)).stats();
    expect(channels.map(({ min, max }) => max - min > 100)).toEqual([true, true, true]);
  });

  test('what is transparent stays so in the thumbnail, and is white in the preview', async () => {
    const clear = { r: 0, g: 0, b: 0, alpha: 0 };
    const asset = await process(
      await bytesOf(sharp({ create: { width: 40, height: 30, channels: 4, background: clear } }).png()),
    );
    expect(asset).toMatchObject({ state: 'READY', dominantColours: [] });
    const alpha = (
      await sharp(await download(asset.thumbnail.url))
        .raw()
        .toBuffer()
    )[3];
    const [red, green, blue] = await sharp(await download(asset.preview.url))
      .raw()
      .toBuffer();
    expect([alpha, red! > 250, green! > 250, blue! > 250]).toEqual([0, true, true, true]);
  });

  test.each([
    ['CMYK', (image: Sharp) => image.toColourspace('cmyk').jpeg()],
    ['16-bit', (image: Sharp) => image.toColourspace('rgb16').png()],
    ['grey', (image: Sharp) => image.greyscale().png()],
    ['grey with alpha', (image: Sharp) => image.ensureAlpha(0.5).greyscale().png()],
  ])('a %s picture becomes renditions of three channels of 8 bits', async (_, convert) => {
    const asset = await process(await bytesOf(convert(sharp(sample('orange-dahlia').bytes).resize(200))));
    expect(asset.state).toBe('READY');
    const read = await sharp(await download(asset.preview.url)).metadata();
    expect([read.space, read.depth]).toEqual(['srgb', 'uchar']);
  });
});
