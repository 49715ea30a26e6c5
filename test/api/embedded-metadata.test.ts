import { randomUUID } from 'node:crypto';
import sharp, { type Metadata } from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { emptyEmbeddedDatabase } from '../support/databases.js';
import { exifOfOneText, tiff } from '../support/exif.js';
import { bytesOf, numbered, withExif, withIptc } from '../support/pictures.js';
import { startServer, type TestServer, type Upload } from '../support/server.js';

const FIELDS = `id state title description tags rating capturedAt
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

  const process = (bytes: Upload['bytes'], input?: object) => server.process(bytes, FIELDS, input);
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

  test.each([
    ['2023:02:30 10:00:00', null],
    ['2023:02:29 10:00:00', null],
    ['2024:02:29 10:00:00', '2024-02-29T10:00:00.000Z'],
    ['2023:06:31 10:00:00', null],
    ['2023:06:30 24:00:00', null],
    ['2023:13:01 10:00:00', null],
    ['0000:12:31 24:00:00', null],
    ['0001:01:01 00:00:00', null],
    ['1601:01:01 00:00:00', null],
    ['1825:12:31 23:59:59', null],
    ['1826:01:01 00:00:00', '1826-01-01T00:00:00.000Z'],
    ['2099:12:31 23:59:59', '2099-12-31T23:59:59.000Z'],
    ['2100:01:01 00:00:00', null],
    ['9999:12:31 23:59:59', null],
  ])('of a clock of %s the date of capture is %s, in EXIF and in XMP', async (clock, capturedAt) => {
    const exif = { IFD2: { DateTimeOriginal: clock } };
    const ofExif = await process(await bytesOf(photograph(33).withExif(exif).jpeg()));
    const [day, time] = clock.split(' ');
    const ofXmp = await said(34, xmp('', `exif:DateTimeOriginal="${day!.replaceAll(':', '-')}T${time}Z"`));
    expect([ofExif.capturedAt, ofXmp.capturedAt]).toEqual([capturedAt, capturedAt]);
  });

  test('the year of a capture is that of its clock, whatever its time zone', async () => {
    const { capturedAt } = await said(35, xmp('', 'exif:DateTimeOriginal="1826-01-01T00:00:00+02:00"'));
    expect(capturedAt).toBe('1825-12-31T22:00:00.000Z');
  });

  test.each([
    ['the time zone of its own', { OffsetTimeDigitized: '+09:00', OffsetTime: '+02:00' }, '2020-01-01T18:04:05.000Z'],
    ['that of the change', { OffsetTime: '+02:00' }, '2020-01-02T01:04:05.000Z'],
    ['parts of a second', { SubSecTimeDigitized: '5', SubSecTime: '9' }, '2020-01-02T03:04:05.500Z'],
  ])('a picture is of when it was digitised where it does not say more: %s', async (_, more, capturedAt) => {
    const exif = { IFD2: { DateTimeDigitized: '2020:01:02 03:04:05', ...more } };
    expect((await process(await bytesOf(photograph(36).withExif(exif).jpeg()))).capturedAt).toBe(capturedAt);
  });

  test('parts of a second keep a burst in order', async () => {
    const of = async (number: number, SubSecTimeOriginal: string) => {
      const exif = { IFD2: { DateTimeOriginal: '2021:06:05 14:30:15', SubSecTimeOriginal } };
      return (await process(await bytesOf(photograph(number).withExif(exif).jpeg()))).capturedAt;
    };
    expect([await of(37, '07'), await of(38, '98765')]).toEqual([
      '2021-06-05T14:30:15.070Z',
      '2021-06-05T14:30:15.987Z',
    ]);
    const { capturedAt } = await said(39, xmp('', 'exif:DateTimeOriginal="2021-06-05T14:30:15.25+02:00"'));
    expect(capturedAt).toBe('2021-06-05T12:30:15.250Z');
  });

  test.each([
    ['EXIF', { DateTimeOriginal: '1911:03:04' }, ''],
    ['EXIF with blanks for the time', { DateTimeOriginal: '1911:03:04   :  :  ' }, ''],
    ['XMP', {}, 'exif:DateTimeOriginal="1911-03-04"'],
    ['XMP, behind a month', {}, 'exif:DateTimeOriginal="1911-03" xmp:CreateDate="1911-03-04"'],
    ['Photoshop', {}, 'photoshop:DateCreated="1911-03-04"'],
    ['Photoshop, behind what is none', { DateTimeOriginal: '0000:00:00 00:00:00' }, 'photoshop:DateCreated="1911-03-04"'], // prettier-ignore
  ])('a day without a time is its midnight: %s', async (_, IFD2, attributes) => {
    const picture = photograph(40).withExif({ IFD2 }).withXmp(xmp('', attributes));
    expect((await process(await bytesOf(picture.webp()))).capturedAt).toBe('1911-03-04T00:00:00.000Z');
  });

  test.each([
    [[], '1911-03-04T00:00:00.000Z'],
    [[['2:60', '101112+0200']], '1911-03-04T08:11:12.000Z'],
    [[['2:60', '101112']], '1911-03-04T10:11:12.000Z'],
    [[['2:60', 'noon']], '1911-03-04T00:00:00.000Z'],
  ] as const)('the date of IPTC is taken where nothing else says one: %j', async (time, capturedAt) => {
    const picture = withIptc(await bytesOf(photograph(41).jpeg()), [['2:55', '19110304'], ...time]);
    expect((await process(picture)).capturedAt).toBe(capturedAt);
  });

  test.each(['png', 'webp', 'avif'] as const)('EXIF is read from %s too', async (format) => {
    const exif = { IFD0: { Model: `of ${format}` }, IFD2: { DateTimeOriginal: '2020:01:02 03:04:05' } };
    const asset = await process(await bytesOf(photograph(7).withExif(exif)[format]()));
    expect([asset.camera?.model, asset.capturedAt]).toEqual([`of ${format}`, '2020-01-02T03:04:05.000Z']);
  });

  test.each([
    ['II', false],
    ['MM', false],
    ['II', true],
    ['MM', true],
  ] as const)('EXIF is read from a TIFF of byte order %s, one for large files: %s', async (order, isLarge) => {
    const photo = { directory: [[0x9003, '2020:01:02 03:04:05']], type: isLarge ? 18 : 4 } as const;
    const gps = {
      directory: [
        [1, 'N'],
        [2, [52, 30, 0]],
        [3, 'W'],
        [4, [0, 7.5, 0]],
        [6, [12]],
      ],
      type: isLarge ? 18 : 13,
    } as const;
    const picture = tiff(
      [
        [0x010e, 'Où était-ce ?'],
        [0x010f, 'Maker'],
        [0x8769, photo],
        [0x8825, gps],
      ],
      order,
      isLarge,
    );
    expect(await process(picture)).toMatchObject({
      capturedAt: '2020-01-02T03:04:05.000Z',
      camera: { make: 'Maker', model: null, lens: null },
      position: { latitude: 52.5, longitude: -0.125, altitudeMetres: 12 },
      description: 'Où était-ce ?',
    });
  });

  test('an offset that is nowhere in a large TIFF leads to nothing, and the rest is read', async () => {
    const picture = tiff(
      [
        [0x010f, 'A maker of cameras'],
        [0x0110, 'A model of that'],
        [0x8769, { directory: [[0x9003, '2020:01:02 03:04:05']], type: 18 }],
      ],
      'II',
      true,
    );
    const at = picture.indexOf(Buffer.from([0x0f, 0x01, 2, 0]));
    picture.writeBigUInt64LE(2n ** 64n - 1n, at + 12);
    const asset = await process(picture);
    expect(asset).toMatchObject({
      capturedAt: '2020-01-02T03:04:05.000Z',
      camera: { make: null, model: 'A model of that' },
    });
    expect(leftOut(asset)).toEqual([]);
  });

  test('title, comment and keywords as Windows writes them, or as text, fill what nothing else has', async () => {
    const wide = (text: string) => Buffer.from(`${text}\0`, 'utf16le');
    const exif = [
      [0x9c9b, wide('標題')],
      [0x9c9c, 'Ein Kommentar'],
      [0x9c9e, wide('Élan; 漢字')],
    ] as const;
    expect(await process(tiff(exif))).toMatchObject({
      title: '標題',
      description: 'Ein Kommentar',
      tags: ['Élan', '漢字'],
    });
  });

  const leftOut = (asset: { id: string }) =>
    server.logged.flatMap((line) => {
      const { msg, assetId, block } = JSON.parse(line);
      return msg === 'metadata of a picture was left out' && assetId === asset.id ? [block] : [];
    });
  const png = (number: number) => bytesOf(photograph(number).png());

  test('entries of EXIF that all point at one text take the room of one', async () => {
    const asset = await process(withExif(await png(28), exifOfOneText(60_000, 'x'.repeat(50_000))));
    expect(asset).toMatchObject({ state: 'READY', camera: { make: 'x'.repeat(200) } });
    expect(leftOut(asset)).toEqual([]);
  });

  test('EXIF that cannot be read is left out, and the log says so', async () => {
    const asset = await process(withExif(await png(30), Buffer.from('II*\0\x08\0\0')));
    expect(asset).toMatchObject({ state: 'READY', camera: null });
    expect(leftOut(asset)).toEqual(['EXIF']);
  });

  test('a text of EXIF of any length is read as far as it is stored', async () => {
    const text = `x${'é'.repeat(40_000)}`;
    const asset = await process(tiff([[0x010e, Buffer.from(text).toString('latin1')], [0x010f, 'Maker']])); // prettier-ignore
    expect(asset).toMatchObject({ camera: { make: 'Maker' }, description: text.slice(0, 10_000) });
    expect(leftOut(asset)).toEqual([]);
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

  test('a keyword that is too long for a tag is shortened between its characters', async () => {
    const [long, family] = ['k'.repeat(500), '👨‍👩‍👧'];
    const said = [
      ['1:90', '\x1b%G'],
      ['2:25', long],
      ['2:25', `${'x'.repeat(96)}${family}`],
      ['2:25', 'e\u0301'.repeat(150)],
    ] as const;
    const { tags } = await process(withIptc(await bytesOf(photograph(42).jpeg()), said));
    expect(tags).toEqual([long.slice(0, 100), 'x'.repeat(96), 'é'.repeat(100)]);
  });

  test('what a person says comes before what the file says', async () => {
    const asset = await process(withIptc(await bytesOf(photograph(9).jpeg()), IPTC), { title: 'Mine', tags: ['mine'] });
    expect(asset).toMatchObject({ title: 'Mine', description: 'The caption', tags: ['mine'] });
  });

  const xmp = (properties: string, attributes = '') =>
    `<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
      <rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" ${attributes}>${properties}
      </rdf:Description></rdf:RDF></x:xmpmeta>`;
  const item = (text: string, language?: string) =>
    `<rdf:li${language ? ` xml:lang="${language}"` : ''}>${text}</rdf:li>`;
  const alt = (...items: string[]) => `<rdf:Alt>${items.join('')}</rdf:Alt>`;
  const bag = (...texts: string[]) => `<rdf:Bag>${texts.map((text) => item(text)).join('')}</rdf:Bag>`;
  const WORDS = xmp(`<dc:title>${alt(item('A title', 'x-default'))}</dc:title>
    <dc:description>${alt(item('A description', 'x-default'))}</dc:description><dc:subject>${bag('one', 'two')}</dc:subject>`);

  test.each(['jpeg', 'png', 'webp', 'avif', 'tiff'] as const)(
    'title, description and subjects of XMP in %s fill what nobody has filled',
    async (format) => {
      const asset = await process(await bytesOf(photograph(10).withXmp(WORDS)[format]()));
      expect(asset).toMatchObject({ title: 'A title', description: 'A description', tags: ['one', 'two'] });
    },
  );

  // In no JPEG: there a packet is short.
  const said = async (number: number, packet: string) =>
    process(await bytesOf(photograph(number).withXmp(packet).webp()));

  test('of a text in several languages the default one is taken, or the first', async () => {
    const title = (...items: string[]) => xmp(`<dc:title>${alt(...items)}</dc:title>`);
    const both = await said(18, title(item('Hafen', 'de'), item('Harbour', 'x-default')));
    expect(both.title).toBe('Harbour');
    const none = await said(19, title(item('Hafen', 'de'), item('Port', 'fr')));
    expect(none.title).toBe('Hafen');
  });

  test('words of XMP stay text, whatever they look like', async () => {
    const title = alt(item('2024', 'x-default'));
    const asset = await said(
      20,
      xmp(
        `<dc:title>${title}</dc:title><dc:subject>${bag('007', 'true', 'a &amp; b', '&#xE9;t&#233;', '<![CDATA[<b>]]>')}</dc:subject>`,
      ),
    );
    expect(asset).toMatchObject({ title: '2024', tags: ['007', 'true', 'a & b', 'été', '<b>'] });
  });

  test('a subject that shows nothing is left out', async () => {
    const { tags } = await said(33, xmp(`<dc:subject>${bag('&#x200B;', 'seen')}</dc:subject>`));
    expect(tags).toEqual(['seen']);
  });

  test('properties of XMP may be attributes, or text without a list', async () => {
    const asset = await said(21, xmp('<dc:description>Plain</dc:description>', 'dc:title="Short"'));
    expect(asset).toMatchObject({ title: 'Short', description: 'Plain' });
  });

  test('accents without end are shortened before they are put in order', async () => {
    const { description } = await said(32, xmp(`<dc:description>e${'\u0301\u0323'.repeat(200_000)}</dc:description>`));
    expect([description[0], description.length < 10_000]).toEqual(['ẹ', true]);
  });

  test('what XMP says of other pictures than this one is left out', async () => {
    const ingredient = `<rdf:Description><dc:title>${alt(item('Of another'))}</dc:title></rdf:Description>`;
    const asset = await said(22, xmp(`<xmpMM:Pantry><rdf:Bag><rdf:li>${ingredient}</rdf:li></rdf:Bag></xmpMM:Pantry>`));
    expect(asset).toMatchObject({ state: 'READY', title: null });
  });

  test('date and camera are of XMP where EXIF does not say them', async () => {
    const attributes =
      'xmp:CreateDate="2021-06-05T14:30+02:00" tiff:Make="Maker" tiff:Model="Model 1" exifEX:LensModel="A lens"';
    expect(await said(23, xmp('', attributes))).toMatchObject({
      capturedAt: '2021-06-05T12:30:00.000Z',
      camera: { make: 'Maker', model: 'Model 1', lens: 'A lens' },
    });
  });

  test('a place is of XMP where EXIF does not say it', async () => {
    const at = async (number: number, attributes: string) => (await said(number, xmp('', attributes))).position;
    const altitude = 'exif:GPSAltitude="25/2" exif:GPSAltitudeRef="1"';
    expect(await at(34, `exif:GPSLatitude="33,51.6S" exif:GPSLongitude="151,12,36E" ${altitude}`)).toEqual({
      latitude: expect.closeTo(-33.86, 6),
      longitude: expect.closeTo(151.21, 6),
      altitudeMetres: -12.5,
    });
    expect(await at(35, 'exif:GPSLatitude="91,0N" exif:GPSLongitude="8,0E"')).toBeNull();
    expect(await at(36, 'exif:GPSLatitude="47.5" exif:GPSLongitude="8.5"')).toBeNull();
    expect(await at(37, 'exif:GPSLatitude="47,0N" exif:GPSLongitude="8,0W" exif:GPSAltitude="1/0"')).toEqual({
      latitude: 47,
      longitude: -8,
      altitudeMetres: null,
    });
  });

  test.each([
    ['5', 5],
    ['0', null],
    ['-1', null],
    ['3.5', null],
    ['many', null],
  ])('of a rating of %s in XMP %s is stored', async (rating, stored) => {
    expect((await said(38 + Math.round(Number(rating) || 9), xmp('', `xmp:Rating="${rating}"`))).rating).toBe(stored);
  });

  test('a rating of EXIF fills what nobody has filled', async () => {
    expect((await process(tiff([[0x4746, 3]]))).rating).toBe(3);
    expect((await process(tiff([[0x4746, 4]]), { rating: 1 })).rating).toBe(1);
  });

  test('an empty list of subjects in XMP leaves the keywords of IPTC', async () => {
    const empty = xmp('<dc:subject><rdf:Bag>\n</rdf:Bag></dc:subject>');
    const asset = await process(withIptc(await bytesOf(photograph(32).withXmp(empty).jpeg()), IPTC));
    expect(asset.tags).toEqual(['harbour', 'evening']);
  });

  test('XMP that is cut off is read as far as it goes, and what follows its end is not', async () => {
    expect((await said(24, `${WORDS}${'.'.repeat(100)}`)).title).toBe('A title');
    expect((await said(27, WORDS.slice(0, WORDS.indexOf('two')))).tags).toEqual(['one']);
  });

  test.each([
    ['too long', 31, WORDS + ' '.repeat(1_048_576)],
    ['not well-formed', 25, xmp(`<dc:title>${alt(item('A & B'))}</dc:title>`)],
    [
      'full of entities',
      26,
      `<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>${xmp(`<dc:title>${alt(item('&b;'))}</dc:title>`)}`,
    ],
  ])('XMP that is %s is left out', async (_, number, packet) => {
    const asset = await said(number, packet);
    expect(asset).toMatchObject({ state: 'READY', title: null, tags: [] });
    expect(leftOut(asset)).toEqual(['XMP']);
  });
});
