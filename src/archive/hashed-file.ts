import { open, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import type { FileInfo } from './archive-format.js';
import { openArchived } from './archived-file.js';
import { ByteDigest, digestOf } from '../byte-digest.js';
import { isOfOneFile } from '../blobstore/blob-fault.js';
import { AfterimageError } from '../errors.js';

// What only its owner may read: an archive may hold private pictures, and keys.
const MODE = 0o600;

/** A file that is written piece by piece and knows its size and SHA-256 at the end. */
export class HashedFile {
  readonly #digest = new ByteDigest();

  private constructor(private readonly handle: FileHandle) {}

  static async create(path: string): Promise<HashedFile> {
    return new HashedFile(await open(path, 'w', MODE));
  }

  async append(bytes: Buffer): Promise<void> {
    await this.handle.appendFile(bytes);
    this.#digest.add(bytes);
  }

  /** Durable when it resolves. */
  async finish(): Promise<FileInfo> {
    await this.handle.sync();
    return infoFrom(this.#digest);
  }

  close(): Promise<void> {
    return this.handle.close();
  }
}

function infoFrom({ byteSize, sha256 }: ByteDigest): FileInfo {
  return { byteSize, sha256 };
}

/** Passes bytes on and knows their size and SHA-256 at the end. */
export class HashingStream extends Transform {
  readonly #digest = new ByteDigest();

  override _transform(chunk: Buffer, _encoding: string, done: (error: null, chunk: Buffer) => void): void {
    this.#digest.add(chunk);
    done(null, chunk);
  }

  /** Once all has passed. */
  info(): FileInfo {
    return infoFrom(this.#digest);
  }
}

/** Passes bytes on, and ends in an error when they were not what they ought to be. */
export class VerifyingStream extends HashingStream {
  constructor(
    private readonly promised: FileInfo,
    private readonly path: string,
  ) {
    super();
  }

  override _flush(done: (error?: Error) => void): void {
    try {
      assertSame(this.info(), this.promised, this.path);
      done();
    } catch (error) {
      done(error as Error);
    }
  }
}

/** Size and SHA-256 of a file of an archive; null when there is none. @throws ARCHIVE_DAMAGED for one that cannot be read */
export async function infoOf(archive: string, path: string): Promise<FileInfo | null> {
  try {
    const file = await openArchived(archive, path);
    return infoFrom(await digestOf(file.createReadStream({ highWaterMark: 1 << 20 })));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw readError(join(archive, path), error as NodeJS.ErrnoException);
  }
}

/** What a failed read of a file of an archive means: ARCHIVE_DAMAGED where it is of that file alone, else the error itself. */
export function readError(path: string, cause: NodeJS.ErrnoException): Error {
  if (cause.code === 'ENOENT')
    return new AfterimageError('ARCHIVE_DAMAGED', `expected a file at ${path}, received none`);
  if (!isOfOneFile(cause)) return cause;
  const message = `expected a file that can be read at ${path}, received ${cause.code === 'ELOOP' ? 'a symbolic link' : cause.code}`;
  return new AfterimageError('ARCHIVE_DAMAGED', message, { cause });
}

/** @throws ARCHIVE_DAMAGED naming the file */
export function assertSame(found: FileInfo | null, promised: FileInfo, path: string): void {
  if (found?.byteSize === promised.byteSize && found.sha256 === promised.sha256) return;
  throw new AfterimageError(
    'ARCHIVE_DAMAGED',
    found
      ? `expected ${inWords(promised)} in ${path}, received ${inWords(found)}`
      : `expected a file at ${path}, received none`,
  );
}

/** For errors. */
export function inWords({ byteSize, sha256 }: FileInfo): string {
  return `${byteSize} bytes with SHA-256 ${sha256}`;
}
