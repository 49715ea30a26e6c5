import { randomUUID } from 'node:crypto';
import exifr from 'exifr';
import sharp, { type Metadata } from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { emptyEmbeddedDatabase } from '../support/databases.js';
import { bytesOf, numbered, withIptc } from '../support/pictures.js';
import { startServer, type TestServer, type Upload } from '../support/server.js';

const FIELDS = `state title description tags capturedAt
  camera { make model lens } position { latitude longitude altitudeMetres }
  thumbnail: rendition(size: THUMBNAIL) { url }
  preview: rendition(size: PREVIEW) { url }`;

describe('what a file says of itself', () => {
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
    ['2:05', 'The title'],
    ['2:120', 'The caption'],
    ['2:25', 'harbour'],
    ['2:25', 'evening'],
  ] as const;

  test('title, caption and keywords of IPTC fill what nobody has filled', async () => {
    const asset = await process(withIptc(await bytesOf(photograph(8).jpeg()), IPTC));
    expect(asset).toMatchObject({ title: 'The title', description: 'The caption', tags: ['harbour', 'evening'] });
  });

  test.each([
    ['UTF-8 that says so', 14, [['1:90', '\x1b%G']], 'utf8'],
    ['UTF-8 that does not say so', 15, [], 'utf8'],
    ['Latin-1', 16, [], 'latin1'],
  ] as const)('IPTC is read in %s', async (_, number, marker, encoding) => {
    const said = [
      ['2:05', 'Schöne Straße'],
      ['2:120', 'Où était-ce ?'],
      ['2:25', 'Zürich'],
      ['2:25', 'été'],
    ] as const;
    const asset = await process(withIptc(await bytesOf(photograph(number).jpeg()), [...marker, ...said], encoding));
    expect(asset).toMatchObject({
      title: 'Schöne Straße',
      description: 'Où était-ce ?',
      tags: ['Zürich', 'été'],
    });
  });

  test('text of IPTC that was cut within a character is still UTF-8 where it says so', async () => {
    const said = [
      ['1:90', '\x1b%G'],
      ['2:05', 'Z\xc3\xbcr\xc3'],
    ] as const;
    const cut = withIptc(await bytesOf(photograph(17).jpeg()), said, 'latin1');
    expect((await process(cut)).title).toBe('Zür\ufffd');
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
});
