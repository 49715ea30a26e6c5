import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { emptyEmbeddedDatabase } from '../support/databases.js';
import { bytesOf, numbered, numberedPng } from '../support/pictures.js';
import { startServer, type TestServer } from '../support/server.js';

describe('files over HTTP', () => {
  const database = emptyEmbeddedDatabase();
  let server: TestServer;
  let bytes: Buffer;
  let original: string;
  let thumbnail: string;
  beforeAll(async () => {
    server = await startServer({ database });
    const png = await numberedPng(1);
    bytes = png.bytes as Buffer;
    const [id] = await server.add([{ ...png, name: 'Überblick (1).png' }]);
    const { asset } = await server.data(
      'query ($id: ID!) { asset(id: $id) { url rendition(size: THUMBNAIL) { url mimeType width height } } }',
      { id },
    );
    original = asset.url;
    thumbnail = asset.rendition.url;
  });
  afterAll(() => server.close());

  const get = (url: string, headers: Record<string, string> = {}, method = 'GET') => fetch(url, { method, headers });

  test('an original is delivered as it came, to be kept for ever', async () => {
    const response = await get(original);
    expect(Buffer.from(await response.arrayBuffer())).toEqual(bytes);
    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'cache-control': 'private, max-age=31536000, immutable',
      'content-length': String(bytes.length),
      'content-type': 'image/png',
      'accept-ranges': 'bytes',
      etag: expect.stringMatching(/^"[^"]+"$/),
      'x-content-type-options': 'nosniff',
    });
  });

  test('the signature of an address is not logged', async () => {
    expect((await get(original)).status).toBe(200);
    const { pathname, search } = new URL(original);
    await expect.poll(() => server.logged.join()).toContain(pathname);
    expect(search).toMatch(/^\?s=./);
    expect(server.logged.join()).not.toContain(search);
  });

  test('an original is saved under its own name, in UTF-8 and for old clients in ASCII', async () => {
    const { headers } = await get(original);
    expect(headers.get('content-disposition')).toBe(
      `inline; filename="_berblick (1).png"; filename*=UTF-8''%C3%9Cberblick%20%281%29.png`,
    );
    expect((await get(thumbnail)).headers.get('content-disposition')).toBeNull();
  });

  test.each([
    ['page.html', 'page.html.jpg', 2],
    ['untitled', 'untitled.jpg', 3],
    ['photo.JFIF', 'photo.JFIF', 4],
    ['photo.jpeg', 'photo.jpeg', 5],
  ])('an original that was called %s is saved as a picture, %s', async (name, saved, number) => {
    const jpeg = await bytesOf(numbered(number).jpeg());
    const [id] = await server.add([{ name, bytes: jpeg }]);
    const { asset } = await server.data('query ($id: ID!) { asset(id: $id) { originalName url } }', { id });
    expect(asset.originalName).toBe(name);
    const { headers } = await get(asset.url);
    expect(headers.get('content-disposition')).toBe(`inline; filename="${saved}"; filename*=UTF-8''${saved}`);
  });

  test('the address to download an original from says that it is to be saved', async () => {
    const { assets } = await server.data(
      '{ assets(filter: { text: "berblick" }) { edges { node { url downloadUrl rendition(size: THUMBNAIL) { url } } } } }',
    );
    const { url, downloadUrl, rendition } = assets.edges[0].node;
    const { headers } = await get(downloadUrl);
    expect(headers.get('content-disposition')).toBe(
      (await get(url)).headers.get('content-disposition')!.replace('inline', 'attachment'),
    );
    expect(Buffer.from(await (await get(downloadUrl)).arrayBuffer())).toEqual(bytes);
    expect((await get(`${rendition.url}&download`)).headers.get('content-disposition')).toBeNull();
  });

  test('what a client has already is not sent again', async () => {
    const etag = (await get(original)).headers.get('etag')!;
    for (const tag of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const response = await get(original, { 'if-none-match': tag });
      expect([response.status, await response.text()]).toEqual([304, '']);
    }
    expect((await get(original, { 'if-none-match': '"other"' })).status).toBe(200);
    expect((await get(thumbnail, { 'if-none-match': etag })).status).toBe(200);
  });

  test.each([
    ['bytes=0-9', 0, 9],
    ['bytes=10-', 10, undefined],
    ['bytes=-5', -5, undefined],
    ['bytes=3-99999999', 3, undefined],
  ])('the range %s', async (range, start, last) => {
    const response = await get(original, { range });
    const part = bytes.subarray(start, last === undefined ? undefined : last + 1);
    const first = start < 0 ? bytes.length + start : start;
    expect(response.status).toBe(206);
    expect(Buffer.from(await response.arrayBuffer())).toEqual(part);
    expect(response.headers.get('content-length')).toBe(String(part.length));
    expect(response.headers.get('content-range')).toBe(`bytes ${first}-${first + part.length - 1}/${bytes.length}`);
  });

  test.each(['bytes=0-1,5-6', 'lines=0-1', 'bytes=x-y'])('%s is answered by the whole', async (range) => {
    const response = await get(original, { range });
    expect([response.status, (await response.arrayBuffer()).byteLength]).toEqual([200, bytes.length]);
  });

  test('a range beyond the end cannot be satisfied', async () => {
    const response = await get(original, { range: `bytes=${bytes.length}-` });
    expect([response.status, response.headers.get('content-range')]).toEqual([416, `bytes */${bytes.length}`]);
    expect([response.headers.get('cache-control'), response.headers.get('etag')]).toEqual([null, null]);
  });

  test('a range of another version of the file is answered by the whole', async () => {
    const etag = (await get(original)).headers.get('etag')!;
    expect((await get(original, { range: 'bytes=0-1', 'if-range': etag })).status).toBe(206);
    expect((await get(original, { range: 'bytes=0-1', 'if-range': '"other"' })).status).toBe(200);
  });

  test('HEAD says what GET would, without the bytes', async () => {
    const head = await get(original, {}, 'HEAD');
    const whole = await get(original);
    expect([head.status, await head.text()]).toEqual([200, '']);
    for (const name of ['content-length', 'content-type', 'etag', 'cache-control', 'content-disposition'])
      expect(head.headers.get(name), name).toBe(whole.headers.get(name));
  });

  test('addresses of an asset that was deleted for good say so, all of them in the same words', async () => {
    const [id] = await server.add([await numberedPng(2)]);
    const { asset } = await server.data(
      'query ($id: ID!) { asset(id: $id) { url rendition(size: THUMBNAIL) { url } } }',
      { id },
    );
    await server.data('mutation ($ids: [ID!]!) { deleteAssets(ids: $ids) { __typename } }', { ids: [id] });
    const urls = [asset.url, asset.rendition.url];
    await expect.poll(async () => (await get(urls[1])).status).toBe(404);
    for (const url of urls) {
      const response = await get(url);
      expect([response.status, await response.json()]).toMatchObject([
        404,
        { errors: [{ message: expect.stringContaining('it was deleted, or the address is not whole') as string }] },
      ]);
    }
  });

  test('an address that the server did not sign is of nothing', async () => {
    const path = (url: string) => new URL(url).pathname;
    const signature = new URL(original).searchParams.get('s')!;
    const forged = [
      path(original),
      `${path(original)}?s=`,
      `${path(original)}?s=${signature.slice(1)}A`,
      `${path(original)}?s=${signature}&s=${signature}`,
      `${path(thumbnail)}?s=${signature}`,
      `${path(original).replace('original', 'secret')}?s=${signature}`,
      `${path(original).replace('original', '..%2F..%2Finstance-id')}?s=${signature}`,
      `${path(original).toUpperCase().replace('/FILES', '/files').replace('ORIGINAL', 'original')}?s=${signature}`,
      `/files/x/y/original?s=${signature}`,
      `/files/00000000-0000-4000-8000-000000000000/00000000-0000-4000-8000-000000000000/original?s=${signature}`,
    ];
    for (const address of forged) {
      const response = await get(server.url + address);
      expect([address, response.status, await response.json()]).toMatchObject([
        address,
        404,
        { errors: [{ extensions: { code: 'FILE_NOT_FOUND' } }] },
      ]);
    }
  });
});

test('every address of an asset ends when it is deleted, before its files are removed', async () => {
  const server = await startServer({
    // As behind a long backlog, or without a worker.
    prepare: async (prisma) => {
      await prisma.$executeRaw`
        CREATE FUNCTION "postpone" () RETURNS trigger LANGUAGE plpgsql AS
          'BEGIN NEW."run_at" = now() + interval ''1 hour''; RETURN NEW; END'`;
      await prisma.$executeRaw`
        CREATE TRIGGER "postponed" BEFORE INSERT ON "job" FOR EACH ROW
        WHEN (NEW."kind" = 'PURGE_ASSET') EXECUTE FUNCTION "postpone" ()`;
    },
  });
  onTestFinished(() => server.close());
  const [id] = await server.add([await numberedPng(1)]);
  const { asset } = await server.data(
    'query ($id: ID!) { asset(id: $id) { url thumbnail: rendition(size: THUMBNAIL) { url } preview: rendition(size: PREVIEW) { url } } }',
    { id },
  );
  const urls = [asset.url, asset.thumbnail.url, asset.preview.url] as string[];
  const statuses = () => Promise.all(urls.map(async (url) => (await fetch(url)).status));
  expect(await statuses()).toEqual([200, 200, 200]);
  await server.data('mutation ($ids: [ID!]!) { deleteAssets(ids: $ids) { deletedIds } }', { ids: [id] });
  expect((await server.storedFiles()).filter((path) => path.includes(id!))).toHaveLength(3);
  expect(await statuses()).toEqual([404, 404, 404]);
});
