import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { S3BlobStoreOptions } from '#dist/blobstore/s3-options.js';
import { S3BlobStore } from '#dist/blobstore/s3.js';
import { parseConfig } from '#dist/config.js';
import { causeOf } from '#dist/outages.js';
import { describeBlobStore } from '../contract/blobstore.contract.js';
import { startFauxqs } from '../support/fauxqs.js';
import { S3Failure } from '../support/s3-failure.js';
import { S3_BUCKET, S3_KEYS, startS3Server } from '../support/s3-server.js';

const MIB = 1 << 20;
const DAY_MS = 24 * 60 * 60 * 1000;
const HEADERS = { contentType: 'image/png', contentDisposition: 'inline; filename="a b.png"', cacheControl: 'private' };

let server: Awaited<ReturnType<typeof startS3Server>>;
let temporaryDir: string;
beforeAll(async () => {
  server = await startS3Server();
  temporaryDir = await mkdtemp(join(tmpdir(), 'afterimage-s3-copies-'));
});
afterAll(async () => {
  await server.close();
  await rm(temporaryDir, { recursive: true });
});

const open = (options: Partial<S3BlobStoreOptions> = {}) =>
  S3BlobStore.open({
    endpoint: server.endpoint,
    region: 'us-east-1',
    bucket: S3_BUCKET,
    credentials: S3_KEYS,
    prefix: '',
    forcePathStyle: true,
    delivery: 'proxy',
    temporaryDir,
    ...options,
  });
const put = (store: S3BlobStore, key: string, content = key) => store.write(key, Readable.from([Buffer.from(content)]));
const keysOf = async (store: S3BlobStore) => {
  const keys: string[] = [];
  for await (const key of store.list('')) keys.push(key);
  return keys;
};

describeBlobStore('S3', () => open({ prefix: 'contract/' }));

describe('fauxqs', () => {
  let fauxqs: Awaited<ReturnType<typeof startFauxqs>>;
  describeBlobStore('S3 as fauxqs has it', async () => {
    fauxqs = await startFauxqs(S3_BUCKET);
    return open({ endpoint: fauxqs.endpoint, prefix: 'contract/' });
  });
  afterAll(() => fauxqs.close());
});

const {
  TEST_S3_ENDPOINT: realEndpoint,
  TEST_S3_BUCKET,
  TEST_S3_ACCESS_KEY_ID,
  TEST_S3_SECRET_ACCESS_KEY,
} = process.env;
describe.skipIf(!realEndpoint)('a real server', () => {
  const prefix = `afterimage-test-${randomBytes(8).toString('hex')}/`;
  const real = () =>
    open({
      endpoint: realEndpoint,
      bucket: TEST_S3_BUCKET!,
      credentials: { accessKeyId: TEST_S3_ACCESS_KEY_ID!, secretAccessKey: TEST_S3_SECRET_ACCESS_KEY! },
      prefix,
    });
  describeBlobStore('a real S3 server', real);
  afterAll(async () => {
    const store = await real();
    await store.delete(await keysOf(store));
    await store.close();
  });
});

describe('S3', () => {
  let store: S3BlobStore;
  beforeAll(async () => {
    store = await open({ prefix: 'own/' });
  });
  afterEach(async () => {
    server.state.fault = () => undefined;
    server.state.undeletable.clear();
    server.state.operations.length = 0;
    await store.delete(await keysOf(store));
  });
  afterAll(() => store.close());

  it('gives the parts of an upload up whose source breaks off, and sends what fits into one part at once', async () => {
    const source = Readable.from(
      (function* () {
        for (let index = 0; index < 12; index++) yield randomBytes(MIB);
        throw new Error('cut off');
      })(),
    );
    await expect(store.write('cut', source)).rejects.toThrow('cut off');
    expect(server.state.operations).toContain('AbortMultipartUpload');
    expect(server.store.uploads.size).toBe(0);
    expect(await store.stat('cut')).toBeNull();

    server.state.operations.length = 0;
    await put(store, 'small');
    expect(server.state.operations).toEqual(['PutObject']);
  });

  it('gives the parts up when S3 refuses one or the whole, and ends the source', async () => {
    for (const refused of ['UploadPart', 'CompleteMultipartUpload']) {
      server.state.fault = (operation) => (operation === refused ? new S3Failure(403, 'QuotaExceeded') : undefined);
      const source = Readable.from(Array.from({ length: 12 }, () => randomBytes(MIB)));
      await expect(store.write('refused', source)).rejects.toMatchObject({
        code: 'BLOB_STORE_FAILED',
        message: 'expected the blob store to write "refused", received QuotaExceeded',
        cause: expect.objectContaining({ $metadata: expect.objectContaining({ httpStatusCode: 403 }) }),
      });
      expect(source.destroyed).toBe(true);
      expect(server.store.uploads.size).toBe(0);
      expect(await store.stat('refused')).toBeNull();
    }
  });

  it("throws the source's own error even where the parts cannot be given up", async () => {
    server.state.fault = (operation) =>
      operation === 'AbortMultipartUpload' ? new S3Failure(403, 'AccessDenied') : undefined;
    const source = Readable.from(
      (function* () {
        for (let index = 0; index < 12; index++) yield randomBytes(MIB);
        throw new Error('cut off');
      })(),
    );
    await expect(store.write('cut', source)).rejects.toThrow('cut off');
    expect(server.store.uploads.size).toBe(1);
    server.store.uploads.clear();
  });

  it('tries again what may pass the next time', async () => {
    let left = 2;
    server.state.fault = () => (left-- > 0 ? new S3Failure(503, 'SlowDown') : undefined);
    await put(store, 'patient');
    expect(await text(await store.read('patient'))).toBe('patient');
  });

  it('sweeps uploads that began more than a day ago, and no others', async () => {
    const before = new Date(Date.now() - DAY_MS - 1_000);
    server.store.begin('own/old/a', before);
    server.store.begin('own/old/b', before);
    server.store.begin('own/not ours', before);
    server.store.begin('other/old', before);
    server.store.begin('own/new', new Date(Date.now() - DAY_MS + 60_000));
    await store.sweep();
    expect([...server.store.uploads.values()].map(({ key }) => key)).toEqual(['own/not ours', 'other/old', 'own/new']);
    server.store.uploads.clear();
    server.state.fault = () => new S3Failure(501, 'NotImplemented');
    await store.sweep();
  });

  it('lists and deletes more than one page, and leaves what others keep in the bucket', async () => {
    const file = await server.store.store(Readable.from([Buffer.from('x')]), 1, null);
    for (let index = 0; index < 2_500; index++) server.store.objects.set(`own/many/${index}`, file);
    server.store.objects.set('own/a folder/', file);
    server.store.objects.set('elsewhere', file);
    const keys = await keysOf(store);
    expect(new Set(keys).size).toBe(2_500);
    await store.delete(keys);
    expect(await keysOf(store)).toEqual([]);
    expect(server.store.objects.has('elsewhere') && server.store.objects.has('own/a folder/')).toBe(true);
    expect(server.state.operations.filter((name) => name === 'DeleteObjects')).toHaveLength(3);
  });

  it('says which blobs could not be deleted, and deletes the others', async () => {
    for (const key of ['a', 'b', 'c']) await put(store, key);
    server.state.undeletable.add('own/a').add('own/c');
    await expect(store.delete(['a', 'b', 'c'])).rejects.toMatchObject({
      code: 'BLOB_STORE_FAILED',
      message: 'expected the blob store to delete "a", received AccessDenied',
      cause: { errors: [expect.objectContaining({ key: 'own/a' }), expect.objectContaining({ key: 'own/c' })] },
    });
    expect(await keysOf(store)).toEqual(['a', 'c']);
  });

  it('removes the local copy, also when the borrower fails', async () => {
    await put(store, 'lent');
    await store.withLocalFile('lent', async () => expect(await readdir(temporaryDir)).toHaveLength(1));
    await expect(store.withLocalFile('lent', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await readdir(temporaryDir)).toEqual([]);
  });

  it('does not open without its bucket or with a wrong key, and says why', async () => {
    const failed = (reason: string) => ({ code: 'BLOB_STORE_FAILED', message: expect.stringContaining(reason) });
    await expect(open({ bucket: 'none' })).rejects.toMatchObject(failed('received NoSuchBucket'));
    const wrong = { ...S3_KEYS, secretAccessKey: 'wrong' };
    await expect(open({ credentials: wrong })).rejects.toMatchObject(failed('received SignatureDoesNotMatch'));
    const unknown = { ...S3_KEYS, accessKeyId: 'unknown' };
    await expect(open({ credentials: unknown })).rejects.toMatchObject(failed('received InvalidAccessKeyId'));
  });

  it('says what S3 said, and of which bucket where, to who runs it', async () => {
    const store = await open();
    server.state.fault = () => new S3Failure(500, 'InternalError');
    const error = await keysOf(store).catch((error: unknown) => error);
    server.state.fault = () => undefined;
    await store.close();
    expect(causeOf(error)).toBe(
      `expected the blob store to list "", received InternalError: InternalError: try later (bucket ${S3_BUCKET} at ${server.endpoint})`,
    );
  });

  it('says neither the bucket nor the server in an error that a client may be shown', async () => {
    const store = await open();
    for (const code of ['InternalError', '<p>']) {
      server.state.fault = () => new S3Failure(403, code);
      for (const call of [() => store.ping(), () => store.read('a'), () => store.stat('a'), () => keysOf(store)]) {
        const { message } = await call().then(
          () => expect.unreachable(),
          (error: Error) => error,
        );
        expect(message).toMatch(/^expected the blob store to (?:read|list) "(?:~probe|a)?", received \w+$/);
      }
    }
    server.state.fault = () => undefined;
    await store.close();
  });

  it('opens with the settings as they are parsed', async () => {
    const { s3 } = parseConfig({
      S3_BUCKET,
      S3_ENDPOINT: server.endpoint,
      S3_ACCESS_KEY_ID: S3_KEYS.accessKeyId,
      S3_SECRET_ACCESS_KEY: S3_KEYS.secretAccessKey,
      S3_PREFIX: 'own',
    });
    await put(store, 'parsed');
    const parsed = await S3BlobStore.open({ ...s3!, temporaryDir });
    expect(await text(await parsed.read('parsed'))).toBe('parsed');
    await parsed.close();
  });

  it('writes when it is opened, and only reads to say that it can be reached', async () => {
    server.state.operations.length = 0;
    const own = await open({ prefix: 'own/' });
    expect(server.state.operations).toEqual(['PutObject', 'HeadObject']);
    server.state.operations.length = 0;
    await own.ping();
    expect(server.state.operations).toEqual(['HeadObject']);
    server.store.objects.delete('own/~probe');
    await own.ping();
    server.state.fault = (operation) => (operation === 'HeadBucket' ? new S3Failure(404, 'NoSuchBucket') : undefined);
    await expect(own.ping()).rejects.toMatchObject({ code: 'BLOB_STORE_FAILED' });
    await own.close();
  });

  it('does not take a missing bucket for a missing blob', async () => {
    server.state.fault = (operation) =>
      operation.startsWith('Head') || operation === 'GetObject' ? new S3Failure(404, 'NoSuchBucket') : undefined;
    await expect(store.stat('a')).rejects.toMatchObject({ code: 'BLOB_STORE_FAILED' });
    await expect(store.read('a')).rejects.toMatchObject({ code: 'BLOB_STORE_FAILED' });
  });

  it('fails within its timeouts where nobody answers, in the head and in the body, and where nobody listens', async () => {
    await put(store, 'large', 'x'.repeat(8 * MIB));
    const hasty = await open({ prefix: 'own/', timeouts: { connectMs: 300, answerMs: 300 } });
    const began = Date.now();
    server.state.fault = () => 'silence';
    const source = Readable.from([randomBytes(10)]);
    await expect(hasty.write('silent', source)).rejects.toMatchObject({ code: 'BLOB_STORE_FAILED' });
    await expect(hasty.stat('silent')).rejects.toMatchObject({ code: 'BLOB_STORE_FAILED' });
    await expect(hasty.ping()).rejects.toMatchObject({ code: 'BLOB_STORE_FAILED' });
    await hasty.close();

    const stalling = await startStalling();
    const endpoint = `http://127.0.0.1:${(stalling.address() as AddressInfo).port}`;
    const stalled = await open({ endpoint, timeouts: { connectMs: 300, answerMs: 300 } });
    await expect(text(await stalled.read('a'))).rejects.toMatchObject({ code: 'BLOB_STORE_FAILED' });
    await stalled.close();
    stalling.close();
    await expect(open({ endpoint })).rejects.toMatchObject({
      code: 'BLOB_STORE_FAILED',
      message: expect.stringContaining('ECONNREFUSED'),
    });
    expect(Date.now() - began).toBeLessThan(15_000);
  });

  it('signs addresses that need no key, stay the same for a while, and answer as asked', async () => {
    const redirecting = await open({ prefix: 'own/', delivery: 'redirect' });
    await put(redirecting, 'signed', 'content');
    const url = (await redirecting.readUrl('signed', 1_800, HEADERS))!;
    const again = await redirecting.readUrl('signed', 1_800, HEADERS);
    const answer = await fetch(url, { headers: { range: 'bytes=0-2' } });
    expect([answer.status, await answer.text()]).toEqual([206, 'con']);
    expect(answer.headers.get('content-type')).toBe(HEADERS.contentType);
    expect(answer.headers.get('content-disposition')).toBe(HEADERS.contentDisposition);
    expect(answer.headers.get('cache-control')).toBe(HEADERS.cacheControl);
    expect(again?.split('X-Amz-Date')[0]).toBe(url.split('X-Amz-Date')[0]);
    expect((await fetch(url.replace('signed', 'other'))).status).toBe(403);
    expect(await store.readUrl('signed', 1_800, HEADERS)).toBeNull();
    await redirecting.close();
  });
});

/** Answers every request with a head that promises more than its body brings. */
async function startStalling(): Promise<Server> {
  const stalling = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (data) => {
      const isRead = data.toString('latin1').startsWith('GET');
      socket.write(`HTTP/1.1 200 OK\r\netag: "${createHash('md5').digest('hex')}"\r\n`);
      socket.write(isRead ? 'content-length: 100\r\n\r\nsome' : 'content-length: 0\r\n\r\n');
    });
  });
  stalling.listen(0, '127.0.0.1');
  await once(stalling, 'listening');
  return stalling;
}
