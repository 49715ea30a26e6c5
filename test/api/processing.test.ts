import { randomUUID } from 'node:crypto';
import exifr from 'exifr';
import sharp, { type Metadata, type Sharp } from 'sharp';
import { thumbHashToRGBA } from 'thumbhash';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { emptyEmbeddedDatabase } from '../support/databases.js';
import { bytesOf, halves, numbered, sample, withIptc } from '../support/pictures.js';
import { startServer, type TestServer, type Upload } from '../support/server.js';

const FIELDS = `state width height orientation title description tags capturedAt
  camera { make model lens } position { latitude longitude altitudeMetres }
  dominantColours thumbhash embeddingModelIds processedAt failure { code }
  thumbnail: rendition(size: THUMBNAIL) { url width height mimeType byteSize }
  preview: rendition(size: PREVIEW) { url width height mimeType byteSize }`;

describe('processing', () => {
  const database = emptyEmbeddedDatabase();
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer({ database });
  });
  afterAll(() => server.close());

  async function process(bytes: Upload['bytes'], input?: object) {
    const [id] = await server.add([{ name: 'picture', bytes }], input);
    return (await server.data(`query ($id: ID!) { asset(id: $id) { ${FIELDS} } }`, { id })).asset;
  }
  const download = async (url: string) => Buffer.from(await (await fetch(url)).arrayBuffer());
  const photograph = (number: number) => numbered(number, { width: 80, height: 60 });

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

  test('metadata becomes fields, and none of it is in the renditions', async () => {
    const bytes = await bytesOf(
      photograph(3)
        .withExif({
          IFD0: { Make: 'Maker', Model: 'Model 1', ImageDescription: 'What the camera says' },
          IFD2: {
            DateTimeOriginal: '2021:06:05 14:30:15',
            OffsetTimeOriginal: '+02:00',
            LensModel: 'A lens',
          },
          IFD3: {
            GPSLatitudeRef: 'S',
            GPSLatitude: '33/1 51/1 36/1',
            GPSLongitudeRef: 'E',
            GPSLongitude: '151/1 12/1 36/1',
            GPSAltitudeRef: '0',
            GPSAltitude: '58/1',
          },
        })
        .jpeg(),
    );
    expect((await exifr.gps(bytes)).latitude).toBeCloseTo(-33.86, 2);
    const asset = await process(bytes);
    expect(asset).toMatchObject({
      capturedAt: '2021-06-05T12:30:15.000Z',
      camera: { make: 'Maker', model: 'Model 1', lens: 'A lens' },
      position: { latitude: expect.closeTo(-33.86, 4), longitude: expect.closeTo(151.21, 4), altitudeMetres: 58 },
      description: 'What the camera says',
    });
    for (const { url } of [asset.thumbnail, asset.preview]) {
      const rendition = await download(url);
      const read: Metadata = await sharp(rendition).metadata();
      expect([read.exif, read.xmp, read.iptc, read.icc]).toEqual([undefined, undefined, undefined, undefined]);
      expect(rendition.includes('Maker')).toBe(false);
    }
  });

  test('names of cameras may be of any length in a file, and are stored short', async () => {
    // What does not become short when it is compressed.
    const long = Array.from({ length: 140 }, () => randomUUID()).join('');
    const exif = { IFD0: { Make: long, Model: ' x'.repeat(150) }, IFD2: { LensModel: long } };
    const { state, camera } = await process(await bytesOf(photograph(12).withExif(exif).jpeg()));
    expect(state).toBe('READY');
    expect(camera).toEqual({ make: long.slice(0, 200), model: 'x '.repeat(100).trim(), lens: long.slice(0, 200) });
  });

  test('a clock without a time zone is taken for UTC, and nonsense for nothing', async () => {
    const at = async (number: number, DateTimeOriginal: string) =>
      (await process(await bytesOf(photograph(number).withExif({ IFD2: { DateTimeOriginal } }).jpeg()))).capturedAt;
    expect(await at(4, '2021:06:05 14:30:15')).toBe('2021-06-05T14:30:15.000Z');
    expect(await at(5, '0000:00:00 00:00:00')).toBeNull();
    expect(await at(11, '0000:01:01 00:00:00')).toBeNull();
    expect(await at(6, 'yesterday')).toBeNull();
  });

  test.each(['png', 'webp', 'avif'] as const)('EXIF is read from %s too', async (format) => {
    const exif = { IFD0: { Model: `of ${format}` }, IFD2: { DateTimeOriginal: '2020:01:02 03:04:05' } };
    const asset = await process(await bytesOf(photograph(7).withExif(exif)[format]()));
    expect([asset.camera?.model, asset.capturedAt]).toEqual([`of ${format}`, '2020-01-02T03:04:05.000Z']);
  });

  const IPTC = [
    [5, 'The title'],
    [120, 'The caption'],
    [25, 'harbour'],
    [25, 'evening'],
  ] as const;

  test('title, caption and keywords of IPTC fill what nobody has filled', async () => {
    const asset = await process(withIptc(await bytesOf(photograph(8).jpeg()), IPTC));
    expect(asset).toMatchObject({ title: 'The title', description: 'The caption', tags: ['harbour', 'evening'] });
  });

  test('what a person says comes before what the file says', async () => {
    const asset = await process(withIptc(await bytesOf(photograph(9).jpeg()), IPTC), { title: 'Mine', tags: ['mine'] });
    expect(asset).toMatchObject({ title: 'Mine', description: 'The caption', tags: ['mine'] });
  });

  test('title, description and subjects of XMP fill what nobody has filled', async () => {
    const alt = (text: string) => `<rdf:Alt><rdf:li xml:lang="x-default">${text}</rdf:li></rdf:Alt>`;
    const xmp = `<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
      <rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/">
      <dc:title>${alt('A title')}</dc:title><dc:description>${alt('A description')}</dc:description>
      <dc:subject><rdf:Bag><rdf:li>one</rdf:li><rdf:li>two</rdf:li></rdf:Bag></dc:subject>
      </rdf:Description></rdf:RDF></x:xmpmeta>`;
    const asset = await process(await bytesOf(photograph(10).withXmp(xmp).jpeg()));
    expect(asset).toMatchObject({ title: 'A title', description: 'A description', tags: ['one', 'two'] });
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
