import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { emptyEmbeddedDatabase } from '../support/databases.js';
import { pagedTiff } from '../support/exif.js';
import { bytesOf, numbered } from '../support/pictures.js';
import { startServer, type TestServer } from '../support/server.js';

const LAYOUTS = [
  { order: 'II', isLarge: false },
  { order: 'MM', isLarge: false },
  { order: 'II', isLarge: true },
  { order: 'MM', isLarge: true },
] as const;
const MANY_TAGS = 'TIFF with more than 50,000 tags';
const QUESTION = 'query ($image: Upload) { similarImages(image: $image, first: 1) { edges { score } } }';

/** A JPEG that has so many empty segments before what it shows, with that between two of them. */
async function segmentedJpeg(count: number, between = ''): Promise<Buffer<ArrayBuffer>> {
  const jpeg = await bytesOf(numbered(count).jpeg());
  const segments = Buffer.from(`${between}\xff\xe1\0\x02`.repeat(count), 'latin1');
  return Buffer.concat([jpeg.subarray(0, 2), segments, jpeg.subarray(2)]);
}

/** An animation of so many frames of one pixel. */
async function animatedWebp(frames: number): Promise<Buffer<ArrayBuffer>> {
  const picture = (await bytesOf(numbered(0, { width: 1, height: 1 }).webp({ lossless: true }))).subarray(12);
  const place = Buffer.alloc(16);
  place[12] = 10;
  const frame = chunk('ANMF', Buffer.concat([place, picture]));
  const size = Buffer.from([2, 0, 0, 0, 31, 0, 0, 23, 0, 0]);
  const head = [Buffer.from('WEBP'), chunk('VP8X', size), chunk('ANIM', Buffer.alloc(6))];
  return chunk('RIFF', Buffer.concat([...head, ...Array.from({ length: frames }, () => frame)]));
}

function chunk(name: string, body: Buffer): Buffer<ArrayBuffer> {
  const size = Buffer.alloc(4);
  size.writeUInt32LE(body.length);
  return Buffer.concat([Buffer.from(name, 'latin1'), size, body]);
}

describe('a file of absurdly many parts', () => {
  const database = emptyEmbeddedDatabase();
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer({ database });
  });
  afterAll(() => server.close());

  test.each([
    ...LAYOUTS.map((layout) => [MANY_TAGS, () => pagedTiff(7_000, layout)] as const),
    ['WebP of more than 10,000 chunks', () => animatedWebp(10_001)],
    ['JPEG of more than 10,000 segments', () => segmentedJpeg(10_001)],
    ['JPEG of more than 10,000 segments', () => segmentedJpeg(10_002, '\xff\xff')],
  ] as const)('is refused before it is read, uploaded and asked about: %s', async (received, make) => {
    const file = { name: 'picture', bytes: await make() };
    const message = `expected JPEG, PNG, WebP, GIF, TIFF or AVIF for file, received ${received}`;
    expect(await server.upload([file])).toMatchObject([{ code: 'UPLOAD_UNSUPPORTED_TYPE', message }]);
    const { errors } = await server.multipart(QUESTION, { image: null }, { image: file });
    expect(errors).toMatchObject([{ message, extensions: { code: 'UPLOAD_UNSUPPORTED_TYPE', isRetryable: false } }]);
  });

  test.each([
    ...LAYOUTS.map((layout) => ['TIFF of 2,000 pages', () => pagedTiff(2_000, layout)] as const),
    ['TIFF whose last page says that the first one follows', () => pagedTiff(3, {}, 72)],
    ['WebP of 5,000 frames', () => animatedWebp(5_000)],
    ['JPEG of 5,000 segments', () => segmentedJpeg(5_000)],
    ['JPEG that is filled up before a segment', () => segmentedJpeg(1, '\xff'.repeat(20_000_000))],
  ] as const)('is not one of many: %s', async (_, make) => {
    expect(await server.process(await make(), 'state failure { code message }')).toEqual({
      state: 'READY',
      failure: null,
    });
  });

  test('a TIFF whose last page says that one follows beyond its end is only damaged', async () => {
    expect(await server.process(pagedTiff(4, {}, 4_000_000_000), 'failure { code }')).toEqual({
      failure: { code: 'UPLOAD_DAMAGED' },
    });
  });
});
