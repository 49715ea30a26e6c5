import type { Readable } from 'node:stream';

/**
 * Where originals and renditions live, addressed by key. Every adapter passes the one contract suite in
 * `test/contract/blobstore.contract.ts`.
 *
 * A key is one or more segments of letters, digits, `.`, `_` and `-` joined by `/`; no segment is `.` or `..`.
 * Adapters refuse any other key with INVALID_ARGUMENT.
 */
export interface BlobStore {
  /**
   * Streams a blob in, never holding it whole in memory. It becomes visible whole or not at all: when the source
   * fails or ends early, nothing is left under the key and the source's own error is thrown. Durable when it
   * resolves. Replaces what was there; a blob may be empty. The source is consumed or destroyed in any case.
   * @throws BLOB_STORE_FAILED when the store cannot take it (disk full, no permission)
   */
  write(key: string, source: Readable): Promise<void>;
  /**
   * The blob as a stream, or the bytes `start` to `end` (both included, `end` cut off at the last byte) of it.
   * @throws BLOB_NOT_FOUND, or INVALID_ARGUMENT for a range without a byte of it, before the stream is handed over
   */
  read(key: string, range?: { start: number; end: number }): Promise<Readable>;
  /** Size and time of last change, or null when there is no such blob. */
  stat(key: string): Promise<BlobStat | null>;
  /**
   * Calls `use` with the path of a local file that holds the blob: the file itself where it is local, else a
   * temporary copy removed afterwards. The file must not be changed.
   * @throws BLOB_NOT_FOUND
   */
  withLocalFile<T>(key: string, use: (path: string) => Promise<T>): Promise<T>;
  /** Removes blobs, and what an interrupted write of them left behind; keys that are not there are passed over. */
  delete(keys: readonly string[]): Promise<void>;
  /** Every key that starts with `prefix`, in no particular order, without holding them all. */
  list(prefix: string): AsyncIterable<string>;
  /** Resolves when the store can be written and read. @throws BLOB_STORE_FAILED */
  ping(): Promise<void>;
  close(): Promise<void>;
}

export interface BlobStat {
  readonly byteSize: number;
  readonly modifiedAt: Date;
}
