import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { S3Failure } from './s3-failure.js';

const MIN_PART_BYTES = 5 << 20;

export interface StoredFile {
  readonly path: string;
  readonly byteSize: number;
  readonly etag: string;
  readonly modifiedAt: Date;
}

export interface StoredUpload {
  readonly key: string;
  readonly initiated: Date;
  readonly parts: Map<number, StoredFile>;
}

/** One bucket on the disk, so that memory measured beside it is not its own. */
export class S3Objects {
  readonly objects = new Map<string, StoredFile>();
  readonly uploads = new Map<string, StoredUpload>();

  constructor(private readonly folder: string) {}

  /** @param sha256 that the bytes must have, in hex; null where nobody promised one */
  async store(source: AsyncIterable<Buffer>, byteSize: number, sha256: string | null): Promise<StoredFile> {
    const path = join(this.folder, randomUUID());
    const digests = { md5: createHash('md5'), sha256: createHash('sha256') };
    let received = 0;
    try {
      await pipeline(
        source,
        async function* (chunks) {
          for await (const chunk of chunks as AsyncIterable<Buffer>) {
            received += chunk.length;
            digests.md5.update(chunk);
            digests.sha256.update(chunk);
            yield chunk;
          }
        },
        createWriteStream(path),
      );
      if (received !== byteSize) throw new S3Failure(400, 'IncompleteBody');
      if (sha256 !== null && digests.sha256.digest('hex') !== sha256)
        throw new S3Failure(400, 'XAmzContentSHA256Mismatch');
    } catch (error) {
      await rm(path, { force: true });
      throw error;
    }
    return { path, byteSize, etag: `"${digests.md5.digest('hex')}"`, modifiedAt: new Date() };
  }

  async put(key: string, file: StoredFile): Promise<void> {
    const former = this.objects.get(key);
    this.objects.set(key, file);
    if (former) await rm(former.path, { force: true });
  }

  async delete(key: string): Promise<void> {
    const former = this.objects.get(key);
    this.objects.delete(key);
    if (former) await rm(former.path, { force: true });
  }

  begin(key: string, initiated = new Date()): string {
    const id = randomUUID();
    this.uploads.set(id, { key, initiated, parts: new Map() });
    return id;
  }

  upload(id: string, key: string): StoredUpload {
    const upload = this.uploads.get(id);
    if (upload?.key !== key) throw new S3Failure(404, 'NoSuchUpload');
    return upload;
  }

  /** @param listed the numbers and ETags of the parts as the client named them */
  async complete(id: string, key: string, listed: readonly { number: number; etag: string }[]): Promise<void> {
    const { parts } = this.upload(id, key);
    const chosen = listed.map(({ number, etag }, index) => {
      const part = parts.get(number);
      if (part?.etag !== etag) throw new S3Failure(400, 'InvalidPart');
      if (index > 0 && number <= listed[index - 1]!.number) throw new S3Failure(400, 'InvalidPartOrder');
      if (index < listed.length - 1 && part.byteSize < MIN_PART_BYTES) throw new S3Failure(400, 'EntityTooSmall');
      return part;
    });
    if (chosen.length === 0) throw new S3Failure(400, 'MalformedXML');
    const byteSize = chosen.reduce((sum, part) => sum + part.byteSize, 0);
    const whole = Readable.from(concatenated(chosen), { objectMode: true });
    await this.put(key, await this.store(whole, byteSize, null));
    await this.abort(id, key);
  }

  async abort(id: string, key: string): Promise<void> {
    const { parts } = this.upload(id, key);
    this.uploads.delete(id);
    for (const part of parts.values()) await rm(part.path);
  }
}

async function* concatenated(parts: readonly StoredFile[]): AsyncIterable<Buffer> {
  for (const part of parts) yield* createReadStream(part.path) as AsyncIterable<Buffer>;
}
