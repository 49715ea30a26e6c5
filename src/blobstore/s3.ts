import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import {
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  paginateListObjectsV2,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { attempt, blobNotFound, storeFailed } from './blob-errors.js';
import { assertBlobKey, assertBlobPrefix, assertByteRange, isBlobKey } from './blob-key.js';
import type { BlobStat, BlobStore, ReadHeaders } from './blobstore.js';
import { abortUploads, deleteObjects, isS3Error } from './s3-calls.js';
import { createS3Client, type S3ClientOptions } from './s3-client.js';
import { bodyOf, signedUrl } from './s3-read.js';
import { uploadStream } from './s3-upload.js';
import { AfterimageError } from '../errors.js';

// Not a blob's key, so nobody ever sees it.
const PROBE = '~probe';
// No upload of a picture takes a day.
const ABANDONED_MS = 24 * 60 * 60 * 1000;

export interface S3BlobStoreOptions extends S3ClientOptions {
  readonly bucket: string;
  /** In front of every key; empty, or segments of a key that end with `/`. */
  readonly prefix: string;
  /** Whether clients fetch blobs from S3 by addresses that are signed for them, or through this server. */
  readonly delivery: 'redirect' | 'proxy';
  /** Folder for local copies; this process's alone, emptied at the start. */
  readonly temporaryDir: string;
}

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
      await store.ping();
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
    return attempt('read', key, async () => {
      try {
        const found = await this.#client.send(new HeadObjectCommand(this.#object(key)));
        return { byteSize: found.ContentLength!, modifiedAt: found.LastModified! };
      } catch (error) {
        if (!isS3Error(error, 'NotFound')) throw error;
        // The answer is the same where the whole bucket is missing.
        await this.#client.send(new HeadBucketCommand({ Bucket: this.options.bucket }));
        return null;
      }
    });
  }

  async withLocalFile<T>(key: string, use: (path: string) => Promise<T>): Promise<T> {
    const blob = await this.read(key);
    const path = join(this.options.temporaryDir, randomUUID());
    try {
      await pipeline(blob, createWriteStream(path, { flags: 'wx' })).catch((error: unknown) => {
        throw error instanceof AfterimageError ? error : storeFailed('copy', key, error);
      });
      return await use(path);
    } finally {
      await rm(path, { force: true });
    }
  }

  async delete(keys: readonly string[]): Promise<void> {
    for (const key of keys) assertBlobKey(key);
    const { bucket, prefix } = this.options;
    const names = keys.map((key) => `${prefix}${key}`);
    const [first, ...more] = await attempt('delete', keys[0] ?? '', () => deleteObjects(this.#client, bucket, names));
    if (!first) return;
    const cause = more.length > 0 ? new AggregateError([first, ...more], first.code) : first;
    throw storeFailed('delete', first.key.slice(prefix.length), cause);
  }

  async *list(prefix: string): AsyncIterable<string> {
    assertBlobPrefix(prefix);
    const { bucket, prefix: ours } = this.options;
    const query = { Bucket: bucket, Prefix: `${ours}${prefix}` };
    try {
      for await (const { Contents = [] } of paginateListObjectsV2({ client: this.#client }, query))
        // What others keep in the bucket is no blob of ours.
        yield* Contents.map(({ Key = '' }) => Key.slice(ours.length)).filter(isBlobKey);
    } catch (error) {
      throw storeFailed('list', prefix, error);
    }
  }

  /** Gives up multipart uploads that began more than a day ago. */
  async sweep(): Promise<void> {
    const { bucket, prefix } = this.options;
    const before = new Date(Date.now() - ABANDONED_MS);
    const isOurs = (key: string) => isBlobKey(key.slice(prefix.length));
    await attempt('sweep', bucket, async () => {
      try {
        await abortUploads(this.#client, { Bucket: bucket, Prefix: prefix }, before, isOurs);
      } catch (error) {
        // A server that cannot list uploads ends them itself.
        if (!isS3Error(error, 'NotImplemented')) throw error;
      }
    });
  }

  async readUrl(key: string, validSeconds: number, headers: ReadHeaders): Promise<string | null> {
    assertBlobKey(key);
    if (this.options.delivery === 'proxy') return null;
    return attempt('sign', key, () => signedUrl(this.#client, this.#object(key), validSeconds, headers));
  }

  ping(): Promise<void> {
    const { bucket } = this.options;
    return attempt('reach', bucket, async () => {
      await this.#client.send(new PutObjectCommand({ ...this.#object(PROBE), Body: '.' }));
      await this.#client.send(new HeadObjectCommand(this.#object(PROBE)));
    });
  }

  async close(): Promise<void> {
    this.#client.destroy();
  }

  #object(key: string): { Bucket: string; Key: string } {
    return { Bucket: this.options.bucket, Key: `${this.options.prefix}${key}` };
  }
}
