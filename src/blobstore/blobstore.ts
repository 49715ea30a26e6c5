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
   * resolves, and then nothing reads the source's chunks any more: their memory may be used for something else. Replaces
   * what was there; a blob may be empty. The source is consumed or destroyed in any case.
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
  /**
   * Removes blobs; keys that are not there are passed over.
   * @throws BLOB_STORE_FAILED, whose cause says which of several could not be removed and why
   */
  delete(keys: readonly string[]): Promise<void>;
  /**
   * Every key that starts with `prefix`, in no particular order, without holding them all.
   * @param onFault called with a folder, `/` last, that cannot be listed, and why; it is passed over unless this throws. Without
   *   it the failure is thrown
   */
  list(prefix: string, onFault?: (folder: string, failure: unknown) => Promise<void>): AsyncIterable<string>;
  /** Removes what writes left behind whose process died in the middle. To be called now and then. */
  sweep(): Promise<void>;
  /**
   * An address where a client that has nothing else may fetch the blob for at least `validSeconds`, as `headers` say;
   * null where blobs are only to be had through this server. It says nothing about whether the blob is there.
   */
  readUrl(key: string, validSeconds: number, headers: ReadHeaders): Promise<string | null>;
  /**
   * Resolves when the store can be read, and, where that leaves nothing behind, written. Whoever opens it knows by then that
   * it can be written.
   * @throws BLOB_STORE_FAILED
   */
  ping(): Promise<void>;
  close(): Promise<void>;
}

export interface BlobStat {
  readonly byteSize: number;
  readonly modifiedAt: Date;
}

/** What an answer says of the blob in it, as in RFC 9110 and 9111. */
export interface ReadHeaders {
  readonly contentType: string;
  readonly contentDisposition?: string | undefined;
  readonly cacheControl?: string | undefined;
}
