import { randomUUID } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import {
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { attempt, blobNotFound, storeFailed } from './blob-errors.js';
import { assertBlobKey, assertBlobPrefix, assertByteRange, isBlobKey } from './blob-key.js';
import type { BlobStat, BlobStore, ReadHeaders } from './blobstore.js';
import { abortUploads, deleteObjects, isS3Error, listObjects } from './s3-calls.js';
import { createS3Client } from './s3-client.js';
import type { S3BlobStoreOptions } from './s3-options.js';
import { bodyOf, copyTo, signedUrl } from './s3-read.js';
import { uploadStream } from './s3-upload.js';

// Not a blob's key, so nobody ever sees it.
const PROBE = '~probe';
// No upload of a picture takes a day.
const ABANDONED_MS = 24 * 60 * 60 * 1000;

/** Blobs as objects of one bucket of S3 or of a server that speaks its language. Any number of processes may share it. */
export class S3BlobStore implements BlobStore {
  readonly #client: S3Client;

  private constructor(private readonly options: S3BlobStoreOptions) {
    this.#client = createS3Client(options);
  }

  /** @throws BLOB_STORE_FAILED when the bucket is not there or cannot be written and read */
  static async open(options: S3BlobStoreOptions): Promise<S3BlobStore> {
    const { temporaryDir } = options;
    await attempt('open', temporaryDir, async () => {
      await rm(temporaryDir, { recursive: true, force: true });
      await mkdir(temporaryDir, { recursive: true });
    });
    const store = new S3BlobStore(options);
    try {
      await store.#tryOut();
      return store;
    } catch (error) {
      await store.close();
      throw error;
    }
  }

  async write(key: string, source: Readable): Promise<void> {
    // Before the upload listens, an error of the source would end the process; the upload throws it all the same.
    source.on('error', () => undefined);
    try {
      assertBlobKey(key);
      await uploadStream(this.#client, this.#object(key), source, key);
    } catch (error) {
      source.destroy();
      throw error;
    }
  }

  async read(key: string, range?: { start: number; end: number }): Promise<Readable> {
    assertBlobKey(key);
    if (range) assertByteRange(range);
    const part = range && { Range: `bytes=${range.start}-${range.end}` };
    try {
      const { Body } = await this.#client.send(new GetObjectCommand({ ...this.#object(key), ...part }));
      return bodyOf(key, Body as Readable);
    } catch (error) {
      if (isS3Error(error, 'NoSuchKey')) throw blobNotFound(key);
      if (range && isS3Error(error, 'InvalidRange')) assertByteRange(range, (await this.stat(key))?.byteSize);
      throw storeFailed('read', key, error);
    }
  }

  async stat(key: string): Promise<BlobStat | null> {
    assertBlobKey(key);
    return attempt('read', key, () => this.#stat(key));
  }

  async withLocalFile<T>(key: string, use: (path: string) => Promise<T>): Promise<T> {
    const blob = await this.read(key);
    const path = join(this.options.temporaryDir, randomUUID());
    try {
      await copyTo(path, blob, key);
      return await use(path);
    } finally {
      await rm(path, { force: true });
    }
  }

  async delete(keys: readonly string[]): Promise<void> {
    for (const key of keys) assertBlobKey(key);
    const { bucket, prefix } = this.options;
    const names = keys.map((key) => `${prefix}${key}`);
    const refused = await attempt('delete', keys[0] ?? '', () => deleteObjects(this.#client, bucket, names));
    const [first] = refused;
    if (!first) return;
    const cause = Object.assign(new AggregateError(refused, 'not every object was deleted'), { code: first.code });
    throw storeFailed('delete', first.key.slice(prefix.length), cause);
  }

  async *list(prefix: string): AsyncIterable<string> {
    assertBlobPrefix(prefix);
    const { bucket, prefix: ours } = this.options;
    try {
      for await (const name of listObjects(this.#client, { Bucket: bucket, Prefix: `${ours}${prefix}` })) {
        const key = name.slice(ours.length);
        // What others keep in the bucket is no blob of ours.
        if (isBlobKey(key)) yield key;
      }
    } catch (error) {
      throw storeFailed('list', prefix, error);
    }
  }

  /** Gives up multipart uploads that began more than a day ago. */
  async sweep(): Promise<void> {
    const { bucket, prefix } = this.options;
    const before = new Date(Date.now() - ABANDONED_MS);
    const isOurs = (name: string) => isBlobKey(name.slice(prefix.length));
    await attempt('sweep', bucket, () =>
      abortUploads(this.#client, { Bucket: bucket, Prefix: prefix }, before, isOurs),
    );
  }

  async readUrl(key: string, validSeconds: number, headers: ReadHeaders): Promise<string | null> {
    assertBlobKey(key);
    if (this.options.delivery === 'proxy') return null;
    return attempt('sign', key, () => signedUrl(this.#client, this.#object(key), validSeconds, headers));
  }

  /** Reads only: in a bucket with versions, whatever is written stays. */
  async ping(): Promise<void> {
    await attempt('read', PROBE, () => this.#stat(PROBE));
  }

  async close(): Promise<void> {
    this.#client.destroy();
  }

  #tryOut(): Promise<void> {
    return attempt('reach', this.options.bucket, async () => {
      await this.#client.send(new PutObjectCommand({ ...this.#object(PROBE), Body: '.' }));
      await this.#client.send(new HeadObjectCommand(this.#object(PROBE)));
    });
  }

  async #stat(name: string): Promise<BlobStat | null> {
    try {
      const found = await this.#client.send(new HeadObjectCommand(this.#object(name)));
      return { byteSize: found.ContentLength!, modifiedAt: found.LastModified! };
    } catch (error) {
      if (!isS3Error(error, 'NotFound')) throw error;
      // The answer is the same where the whole bucket is missing.
      await this.#client.send(new HeadBucketCommand({ Bucket: this.options.bucket }));
      return null;
    }
  }

  #object(key: string): { Bucket: string; Key: string } {
    return { Bucket: this.options.bucket, Key: `${this.options.prefix}${key}` };
  }
}
