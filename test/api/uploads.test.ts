import { hash } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { blobKey, ORIGINAL } from '#dist/assets/asset-files.js';
import { describeOnEveryDatabase } from '../support/databases.js';
import {
  bytesOf,
  heic,
  labTiff,
  numbered,
  numberedPng,
  pngThatClaims,
  sample,
  SVG,
  truncated,
} from '../support/pictures.js';
import { tiff } from '../support/exif.js';
import { insertAsset } from '../support/rows.js';
import { S3Failure } from '../support/s3-failure.js';
import { S3_BUCKET, S3_KEYS, startS3Server } from '../support/s3-server.js';
import { startServer, type TestServer } from '../support/server.js';

const MAX_BYTES = 200_000;

const QUESTIONS = [
  'query ($image: Upload) { similarImages(image: $image) { edges { score } } }',
  'query ($image: Upload) { zeroShotClassify(image: $image, labels: ["cat", "dog"]) { score } }',
];

describeOnEveryDatabase('uploads', (database) => {
  let server: TestServer;
  let lostId: string;
  beforeAll(async () => {
    const { bytes } = await numberedPng(700);
    server = await startServer({
      database,
      prepare: async (prisma, libraryId) => {
        // As the doctor leaves an asset whose original is gone.
        const lost = { failureCode: 'ORIGINAL_MISSING', mimeType: 'image/png', byteSize: bytes.length };
        lostId = await insertAsset(prisma, libraryId, { ...lost, sha256: hash('sha256', bytes) });
      },
      settings: { MAX_UPLOAD_BYTES: String(MAX_BYTES), MAX_FILES_PER_REQUEST: '20' },
    });
  });
  afterAll(() => server.close());

  test('one file becomes an asset that says what its header says, before it has been processed', async () => {
    const bytes = await bytesOf(numbered(1, { width: 40, height: 60 }).webp());
    const { data } = await server.multipart(
      `mutation ($file: Upload!) { uploadAsset(file: $file) { ... on UploadedAsset { asset {
        originalName mimeType byteSize width height orientation sha256 title tags isFavourite rating } } } }`,
      { file: null },
      { file: { name: 'one.webp', bytes } },
    );
    expect(data.uploadAsset.asset).toEqual({
      originalName: 'one.webp',
      mimeType: 'image/webp',
      byteSize: bytes.length,
      width: 40,
      height: 60,
      orientation: 'PORTRAIT',
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      title: null,
      tags: [],
      isFavourite: false,
      rating: null,
    });
  });

  test('a bad file of every kind is refused by its code, and keeps no neighbour out', async () => {
    const good = await Promise.all([100, 101, 102, 103].map((number) => numberedPng(number)));
    const noise = Buffer.from(crypto.getRandomValues(new Uint8Array(65_536)));
    const cut = Buffer.from((await bytesOf(numbered(2).png())).subarray(0, 20));
    const outcomes = await server.upload([
      good[0]!,
      { name: 'empty.jpg', bytes: Buffer.alloc(0) },
      { name: 'text.jpg', bytes: Buffer.from('not a picture at all, whatever its name says') },
      { name: 'drawing.svg', bytes: SVG },
      good[1]!,
      { name: 'long.png', bytes: Buffer.concat(Array.from({ length: 8 }, () => noise)) },
      good[2]!,
      { name: 'vast.png', bytes: pngThatClaims(60_000, 60_000) },
      { name: 'cut.png', bytes: cut },
      { name: 'telephone.heic', bytes: await heic() },
      good[3]!,
    ]);
    expect(outcomes.map(({ asset, originalName, code }) => [asset?.originalName ?? originalName, code])).toEqual([
      ['100.png', undefined],
      ['empty.jpg', 'UPLOAD_EMPTY'],
      ['text.jpg', 'UPLOAD_UNSUPPORTED_TYPE'],
      ['drawing.svg', 'UPLOAD_UNSUPPORTED_TYPE'],
      ['101.png', undefined],
      ['long.png', 'UPLOAD_TOO_MANY_BYTES'],
      ['102.png', undefined],
      ['vast.png', 'UPLOAD_TOO_MANY_PIXELS'],
      ['cut.png', 'UPLOAD_DAMAGED'],
      ['telephone.heic', 'UPLOAD_UNSUPPORTED_TYPE'],
      ['103.png', undefined],
    ]);
  });

  test.each([
    ['SVG', SVG],
    ['SVG', Buffer.from(`<?xml version="1.0"?>\n<!-- drawn -->\n${SVG.toString()}`)],
    ['HTML', Buffer.from('<!DOCTYPE html><html></html>')],
    ['BMP', Buffer.from('BM\x36\0\0\0\0\0\0\0\x36\0\0\0', 'latin1')],
    ['PDF', Buffer.from('%PDF-1.7')],
    ['a sequence of AVIF', Buffer.from('\0\0\0\x2cftypavis\0\0\0\0avis', 'latin1')],
    ['a video', Buffer.from('\0\0\0\x18ftypmp42\0\0\0\0mp42isom', 'latin1')],
    ['something else', Buffer.from('words')],
    ['TIFF in CIELAB of 8 bits a channel', labTiff()],
    [
      'TIFF with numbers of type float, which do not say what is white',
      tiff([
        [0x0100, 20],
        [0x0102, 32],
        [0x0153, 3],
      ]),
    ],
    [
      'TIFF with numbers of type uint, which do not say what is white',
      tiff([
        [0x0100, 20],
        [0x0102, 32],
      ]),
    ],
  ])('what is refused is told by its name: %s', async (received, bytes) => {
    const [outcome] = await server.upload([{ name: 'picture', bytes: await bytes }]);
    expect(outcome).toMatchObject({
      code: 'UPLOAD_UNSUPPORTED_TYPE',
      message: `expected JPEG, PNG, WebP, GIF, TIFF or AVIF for file, received ${received}`,
    });
  });

  test('a file of just the most bytes that are allowed passes, and one byte more does not', async () => {
    const png = await bytesOf(numbered(3).png());
    const padded = (size: number) => Buffer.concat([png, Buffer.alloc(size - png.length, size & 255)]);
    const outcomes = await server.upload([
      { name: 'limit.png', bytes: padded(MAX_BYTES) },
      { name: 'beyond.png', bytes: padded(MAX_BYTES + 1) },
    ]);
    expect(outcomes).toMatchObject([
      { __typename: 'UploadedAsset' },
      { code: 'UPLOAD_TOO_MANY_BYTES', message: `expected at most ${MAX_BYTES} bytes for file, received more` },
    ]);
  });

  // It may have been cut off before anybody reads it, or be cut off while it is read.
  test.each([1, 200_000, 5_000_000])(
    'a question’s picture of %i bytes too many is refused for that',
    async (excess) => {
      const image = { name: 'long.png', bytes: Buffer.alloc(MAX_BYTES + excess) };
      for (const query of QUESTIONS)
        expect(await server.multipart(query, { image: null }, { image })).toMatchObject({
          errors: [
            {
              message: `expected at most ${MAX_BYTES} bytes for file, received more`,
              extensions: { code: 'UPLOAD_TOO_MANY_BYTES', isRetryable: false },
            },
          ],
        });
    },
  );

  test('the same bytes are one asset: in a request, later, by another name, and in the trash', async () => {
    const { bytes } = await numberedPng(200);
    const file = { name: 'first.png', bytes };
    const twice = await server.upload([file, { name: 'second.png', bytes }]);
    const id = twice[0].asset.id;
    expect(twice).toMatchObject([
      { __typename: 'UploadedAsset', asset: { originalName: 'first.png' } },
      { __typename: 'DuplicateAsset', asset: { id } },
    ]);
    const [later] = await server.upload([{ name: 'third.png', bytes }]);
    expect(later).toMatchObject({ __typename: 'DuplicateAsset', asset: { id, trashedAt: null } });
    await server.data('mutation ($ids: [ID!]!) { trashAssets(ids: $ids) { userErrors { code } } }', { ids: [id] });
    const [trashed] = await server.upload([file]);
    expect(trashed).toMatchObject({ __typename: 'DuplicateAsset', asset: { id, trashedAt: expect.any(String) } });
  });

  test('the same bytes are the original again of an asset that has lost it', async () => {
    const lost = await numberedPng(700);
    const restored = { __typename: 'DuplicateAsset', asset: { id: lostId } };
    expect(await server.upload([lost])).toMatchObject([restored]);
    await server.waitUntilProcessed();
    const { asset } = await server.data('query ($id: ID!) { asset(id: $id) { state failure { code } } }', {
      id: lostId,
    });
    expect(asset).toEqual({ state: 'READY', failure: null });

    const file = await numberedPng(701);
    const [id] = await server.add([file]);
    const original = join(server.folder, 'files', 'blobs', blobKey(server.app.admin.libraryId, id!, ORIGINAL));
    const rotten = Buffer.from(file.bytes).fill(0, 100, 108);
    // Nobody has noticed yet.
    for (const harm of [() => rmSync(original), () => writeFileSync(original, rotten)]) {
      harm();
      expect(await server.upload([file])).toMatchObject([{ __typename: 'DuplicateAsset', asset: { id } }]);
      expect(readFileSync(original)).toEqual(file.bytes);
    }
  });

  test('input is said of every file, trimmed, without repetitions and without what is no text', async () => {
    const files = [await numberedPng(300), await numberedPng(301)];
    const input = {
      title: ' A \ud83dtitle\u0000 ',
      description: '',
      tags: ['red', ' red ', 'blue', ''],
      isFavourite: true,
      rating: 4,
    };
    const ids = await server.add(files, input);
    for (const id of ids) {
      const { asset } = await server.data(
        'query ($id: ID!) { asset(id: $id) { title description tags isFavourite rating } }',
        { id },
      );
      expect(asset).toEqual({
        title: 'A title',
        description: null,
        tags: ['red', 'blue'],
        isFavourite: true,
        rating: 4,
      });
    }
  });

  test('input that cannot be stored is refused, also when its file never comes', async () => {
    const query = 'mutation ($file: Upload!) { uploadAsset(file: $file, input: { rating: 9 }) { __typename } }';
    const whole = await server.multipart(query, { file: null }, { file: await numberedPng(310) });
    expect(whole.errors?.[0]?.extensions.code).toBe('INVALID_ARGUMENT');
    const form = new FormData();
    form.set('operations', JSON.stringify({ query, variables: { file: null } }));
    form.set('map', JSON.stringify({ 0: ['variables.file'] }));
    const response = await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { 'apollo-require-preflight': 'true' },
      body: form,
    });
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'INVALID_ARGUMENT' } }] });
  });

  test('every kind of picture that is accepted is named for what it is, not for its name', async () => {
    const image = () => numbered(400, { width: 48, height: 48 });
    const bytes = [
      await bytesOf(image().jpeg()),
      await bytesOf(image().png()),
      await bytesOf(image().webp()),
      await bytesOf(image().gif()),
      await bytesOf(image().tiff()),
      await bytesOf(image().avif()),
      await bytesOf(image().toColourspace('cmyk').jpeg()),
      await bytesOf(
        sharp(await image().png().toBuffer())
          .toColourspace('rgb16')
          .png(),
      ),
    ];
    const ids = await server.add(bytes.map((bytes, index) => ({ name: `${index}.jpg`, bytes })));
    const assets = await Promise.all(
      ids.map(
        async (id) => (await server.data('query ($id: ID!) { asset(id: $id) { mimeType state } }', { id })).asset,
      ),
    );
    expect(assets.map(({ mimeType, state }) => `${mimeType} ${state}`)).toEqual(
      ['jpeg', 'png', 'webp', 'gif', 'tiff', 'avif', 'jpeg', 'png'].map((type) => `image/${type} READY`),
    );
  });

  test('a request from a form of another site, without the header of the preflight, is refused', async () => {
    const file = await numberedPng(500);
    const { status, errors } = await server.multipart(
      'mutation ($file: Upload!) { uploadAsset(file: $file) { __typename } }',
      { file: null },
      { file },
      { preflight: false },
    );
    expect([status, errors?.[0]?.extensions.code]).toEqual([400, 'GRAPHQL_INVALID']);
    expect((await server.upload([file]))[0].__typename).toBe('UploadedAsset');
  });

  test('more files than are allowed in a request are refused, all of them', async () => {
    const files = await Promise.all(Array.from({ length: 21 }, (_, index) => numberedPng(600 + index)));
    const { status, errors } = await server.multipart(
      'mutation ($files: [Upload!]!) { uploadAssets(files: $files) { __typename } }',
      { files: files.map(() => null) },
      Object.fromEntries(files.map((file, index) => [`files.${index}`, file])),
    );
    expect([status, errors?.[0]?.extensions.code]).toEqual([413, 'GRAPHQL_INVALID']);
    const [first] = await server.upload([files[0]!]);
    expect(first.__typename).toBe('UploadedAsset');
  });

  test('four clients that send the same 20 files at once make each of them once', async () => {
    const files = await Promise.all(Array.from({ length: 20 }, (_, index) => numberedPng(1_000 + index)));
    const answers = await Promise.all(Array.from({ length: 4 }, () => server.upload(files)));
    files.forEach((_, index) => {
      const outcomes = answers.map((outcomes) => outcomes[index]);
      expect(outcomes.filter(({ __typename }) => __typename === 'UploadedAsset')).toHaveLength(1);
      expect(new Set(outcomes.map(({ asset }) => asset.id)).size).toBe(1);
    });
  });

  test('a damaged picture whose header is whole is taken, and FAILED with the reason', async () => {
    const cut = { name: 'cut.jpg', bytes: truncated(sample('kite-in-sky').bytes as Buffer<ArrayBuffer>) };
    const [id] = await server.add([cut]);
    const failed = {
      state: 'FAILED',
      processedAt: expect.any(String),
      failure: { code: 'UPLOAD_DAMAGED', message: expect.any(String) },
      rendition: null,
    };
    const query =
      'query ($id: ID!) { asset(id: $id) { state processedAt failure { code message } rendition(size: PREVIEW) { url } } }';
    expect((await server.data(query, { id })).asset).toEqual(failed);
    const { retryAssets } = await server.data(
      'mutation ($ids: [ID!]!) { retryAssets(ids: $ids) { assets { state processedAt failure { code } } userErrors { code } } }',
      { ids: [id] },
    );
    expect(retryAssets).toEqual({ assets: [{ state: 'PENDING', processedAt: null, failure: null }], userErrors: [] });
    await server.waitUntilProcessed();
    expect((await server.data(query, { id })).asset).toEqual(failed);
  });

  test('nothing lies in the blob store but the files of the assets', async () => {
    await server.waitUntilProcessed();
    const { assets, trash } = await server.data(`{
      assets(first: 200) { edges { node { id state } } }
      trash: assets(first: 200, filter: { isTrashed: true }) { edges { node { id state } } } }`);
    const expected = [...assets.edges, ...trash.edges].flatMap(({ node: { id, state } }) =>
      (state === 'READY' ? ['original', 'preview.jpg', 'thumbnail.webp'] : ['original']).map((name) => `${id}/${name}`),
    );
    const stored = (await server.storedFiles()).map((path) => path.split('/').slice(-2).join('/'));
    expect(stored.sort()).toEqual(expected.sort());
  });
});

test('a file is answered for what it is where nothing can be deleted, and what it left is swept later', async () => {
  const s3 = await startS3Server();
  onTestFinished(() => s3.close());
  const server = await startServer({
    settings: {
      S3_BUCKET,
      S3_ENDPOINT: s3.endpoint,
      S3_ACCESS_KEY_ID: S3_KEYS.accessKeyId,
      S3_SECRET_ACCESS_KEY: S3_KEYS.secretAccessKey,
      LEASE: '2',
    },
  });
  onTestFinished(() => server.close());
  const picture = sample('cat-face');
  await server.add([picture]);
  await server.waitUntilProcessed();
  const stored = s3.store.objects.size;

  s3.state.fault = (operation) => (operation === 'DeleteObjects' ? new S3Failure(403, 'AccessDenied') : undefined);
  expect(await server.upload([picture, { name: 'note.txt', bytes: Buffer.from('no picture') }])).toMatchObject([
    { __typename: 'DuplicateAsset' },
    { __typename: 'RejectedUpload', code: 'UPLOAD_UNSUPPORTED_TYPE', isRetryable: false },
  ]);
  expect(server.logged.filter((line) => line.includes('left to the sweep'))).toHaveLength(1);
  s3.state.fault = () => undefined;
  await expect.poll(() => s3.store.objects.size, { timeout: 20_000 }).toBe(stored);
});
