import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { expect, it } from 'vitest';
import type { BlobStore } from '#dist/blobstore/blobstore.js';
import { hasBytes } from '#dist/blobstore/has-bytes.js';
import { AfterimageError } from '#dist/errors.js';

const BYTES = Buffer.from('a picture');
const SHA256 = createHash('sha256').update(BYTES).digest('hex');
/** A store whose blob begins so and ends with an error. */
const storeOf = (bytes: Buffer, error?: Error) =>
  ({
    ping: () => Promise.resolve(),
    read: () =>
      Promise.resolve(
        Readable.from(
          (async function* () {
            yield bytes;
            if (error) throw error;
          })(),
        ),
      ),
  }) as unknown as BlobStore;
const failure = (code: string, syscall: string) => Object.assign(new Error(code), { code, syscall });

it('tells the bytes that a blob has', async () => {
  expect(await hasBytes(storeOf(BYTES), 'key', SHA256)).toBe(true);
  expect(await hasBytes(storeOf(Buffer.from('a pictore')), 'key', SHA256)).toBe(false);
});

it('has not what the disk cannot read any more', async () => {
  expect(await hasBytes(storeOf(BYTES.subarray(3), failure('EIO', 'read')), 'key', SHA256)).toBe(false);
});

it('fails where a blob cannot be read because the store is away', async () => {
  const away = new AfterimageError('BLOB_STORE_FAILED', 'expected a store');
  const store = { ...storeOf(BYTES, failure('EIO', 'read')), ping: () => Promise.reject(away) } as unknown as BlobStore;
  await expect(hasBytes(store, 'key', SHA256)).rejects.toBe(away);
});

it.each([failure('ECONNRESET', 'read'), failure('EIO', 'write')])('fails where the store does: %s', async (error) => {
  const said = await hasBytes(storeOf(BYTES.subarray(3), error), 'key', SHA256).catch((thrown: unknown) => thrown);
  expect(said).toBeInstanceOf(AfterimageError);
  expect(said).toMatchObject({ code: 'BLOB_STORE_FAILED', cause: error });
});
