import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';

/** Counts bytes and hashes them with SHA-256. */
export class ByteDigest {
  readonly #hash = createHash('sha256');
  #byteSize = 0;
  #sha256: string | undefined;

  add(bytes: Uint8Array): void {
    this.#hash.update(bytes);
    this.#byteSize += bytes.length;
  }

  get byteSize(): number {
    return this.#byteSize;
  }

  /** Lower-case hex. Nothing can be added any more. */
  get sha256(): string {
    return (this.#sha256 ??= this.#hash.digest('hex'));
  }
}

/** Size and SHA-256 of all that a stream has. @throws as the stream does */
export async function digestOf(source: Readable): Promise<ByteDigest> {
  const digest = new ByteDigest();
  for await (const chunk of source) digest.add(chunk as Buffer);
  return digest;
}

/** Size and SHA-256 of a file. @throws as the file system does */
export function digestFile(path: string): Promise<ByteDigest> {
  return digestOf(createReadStream(path, { highWaterMark: 1 << 20 }));
}
