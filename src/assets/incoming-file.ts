import type { Readable } from 'node:stream';
import type { Capture } from './metadata.capture.js';
import { AfterimageError } from '../errors.js';

/** A file on its way in. */
export interface IncomingFile {
  readonly originalName: string;
  /**
   * Called once, or more often where `byteSize` is given. What it throws, and what the stream fails with, is what
   * `uploadError` makes of it.
   */
  open(): Readable;
  /** Of a file that can be opened again: where one of its name and size is there, it is read before it is stored. */
  readonly byteSize?: number;
  /** When, with what and where it was taken, as is written beside it; used where the file itself does not say. */
  readonly capture?: Capture;
}

export interface IngestLimits {
  readonly maxUploadBytes: number;
  readonly maxPixels: number;
}

/** What the failure of an incoming file's stream means: our own errors are kept, any other is its sender's. */
export function uploadError(cause: unknown, maxBytes: number): AfterimageError {
  // graphql-upload cuts a file that is too long off by itself and says so by an HTTP status.
  return statusOf(cause) === 413 ? tooManyBytes(maxBytes, cause) : unsentError(cause);
}

export function tooManyBytes(maxBytes: number, cause?: unknown): AfterimageError {
  const message = `expected at most ${maxBytes} bytes for file, received more`;
  return new AfterimageError('UPLOAD_TOO_MANY_BYTES', message, { cause });
}

/** What it means that a file does not come, or not whole. */
export function unsentError(cause: unknown): AfterimageError {
  if (cause instanceof AfterimageError) return cause;
  // The request has more parts with files than it may.
  if (statusOf(cause) === 413) {
    const message = 'expected no more files in the request than are allowed, received more';
    return new AfterimageError('GRAPHQL_INVALID', message, { cause });
  }
  // busboy passes over a part whose head it cannot read, or ends the request with it, and takes a file with an empty name
  // for a field: sent again, it fares no better.
  if (statusOf(cause) === 400 || (cause as Error).message === 'Malformed part header') {
    const part = 'a part with its name, a Content-Disposition that can be read, and no empty file name, for file';
    return new AfterimageError('GRAPHQL_INVALID', `expected ${part}, received none`, { cause });
  }
  return new AfterimageError('UPLOAD_INTERRUPTED', 'expected a whole file, received a part of it', { cause });
}

function statusOf(cause: unknown): number | undefined {
  return (cause as { status?: number }).status;
}

/** BLOB_STORE_FAILED where the disk failed on which files are held as they come in; any other error as it is. */
export function spoolError(cause: Error): Error {
  const { syscall, code } = cause as NodeJS.ErrnoException;
  if (syscall === undefined) return cause;
  const message = `expected a disk that takes temporary files for file, received ${code}`;
  return new AfterimageError('BLOB_STORE_FAILED', message, { cause });
}
