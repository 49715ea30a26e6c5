import { randomUUID } from 'node:crypto';
import { lstat, mkdir, open, realpath, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { attempt, blobNotFound, storeFailed } from './blob-errors.js';
import { assertBlobKey, assertBlobPrefix, assertByteRange, isBlobKey } from './blob-key.js';
import type { BlobStat, BlobStore } from './blobstore.js';
import { DurableFolders } from './durable-folders.js';
import { inPortions, openFile, placeFile, removeFile, walkFiles, type OnFault } from './filesystem-calls.js';
import { orMissing } from './filesystem-errors.js';

/**
 * Blobs as files: the key is the path in `<root>/blobs`, and a blob is written in `<root>/incoming` and moved when it
 * is whole. Symbolic links below the root are refused. A key cannot be a blob and the folder of other blobs at once.
 *
 * One process at a time may open a root.
 */
export class FilesystemBlobStore implements BlobStore {
  readonly #blobs: string;
  readonly #incoming: string;
  readonly #folders: DurableFolders;

  private constructor(root: string) {
    this.#blobs = join(root, 'blobs');
    this.#incoming = join(root, 'incoming');
    this.#folders = new DurableFolders(root);
  }

  /**
   * Makes the folders that are missing, and removes what is left of writes that ended with their process.
   * @throws BLOB_STORE_FAILED
   */
  static open(root: string): Promise<FilesystemBlobStore> {
    return attempt('open', root, async () => {
      await mkdir(root, { recursive: true });
      const store = new FilesystemBlobStore(await realpath(root));
      await rm(store.#incoming, { recursive: true, force: true });
      await mkdir(store.#incoming);
      await mkdir(store.#blobs, { recursive: true });
      return store;
    });
  }

  async write(key: string, source: Readable): Promise<void> {
    // Before the loop listens, an error of the source would end the process; the loop throws it all the same.
    source.on('error', () => undefined);
    const incoming = join(this.#incoming, randomUUID());
    try {
      const path = await this.#path(key);
      const file = await attempt('write', key, () => open(incoming, 'wx'));
      try {
        for await (const portion of inPortions(source as AsyncIterable<Uint8Array>))
          await attempt('write', key, () => file.writeFile(portion));
        await attempt('write', key, () => file.sync());
      } finally {
        await file.close();
      }
      await attempt('write', key, () => placeFile(incoming, path, this.#folders));
    } catch (error) {
      source.destroy();
      await rm(incoming, { force: true });
      throw error;
    }
  }

  async read(key: string, range?: { start: number; end: number }): Promise<Readable> {
    const path = await this.#path(key);
    const file = await attempt('read', key, () => openFile(path));
    if (!file) throw blobNotFound(key);
    try {
      if (range) assertByteRange(range, (await file.stat()).size);
      return file.createReadStream(range);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  async stat(key: string): Promise<BlobStat | null> {
    const path = await this.#path(key);
    const found = await attempt('read', key, () => orMissing(lstat(path)));
    return found?.isFile() ? { byteSize: found.size, modifiedAt: found.mtime } : null;
  }

  async withLocalFile<T>(key: string, use: (path: string) => Promise<T>): Promise<T> {
    if (!(await this.stat(key))) throw blobNotFound(key);
    return use(join(this.#blobs, key));
  }

  async delete(keys: readonly string[]): Promise<void> {
    for (const key of keys) assertBlobKey(key);
    for (const key of keys) {
      const path = await this.#path(key);
      await attempt('delete', key, () => this.#folders.removing(() => removeFile(path, this.#blobs)));
    }
  }

  async *list(prefix: string, onFault?: OnFault): AsyncIterable<string> {
    assertBlobPrefix(prefix);
    const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1);
    await this.#path(`${folder}_`);
    for await (const path of walkFiles(this.#blobs, folder, prefix, onFault)) {
      // What others put there under another kind of name is no blob of ours.
      if (isBlobKey(path)) yield path;
    }
  }

  ping(): Promise<void> {
    return attempt('reach', 'incoming', async () => {
      const probe = join(this.#incoming, randomUUID());
      // A byte, because a full disk still takes an empty file.
      await writeFile(probe, '.').finally(() => rm(probe, { force: true }));
      await lstat(this.#blobs);
    });
  }

  /** What a process left is removed when the next one opens the root, so there is nothing to do in between. */
  async sweep(): Promise<void> {}

  /** The file stays behind this server. */
  readUrl(): Promise<null> {
    return Promise.resolve(null);
  }

  async close(): Promise<void> {}

  /** The path of a key, whose folders are no symbolic links: one could lead outside the root. */
  async #path(key: string): Promise<string> {
    assertBlobKey(key);
    const path = join(this.#blobs, key);
    const folder = dirname(path);
    const real = await attempt('reach', key, () => orMissing(realpath(folder)));
    if (real !== folder) await this.#refuseLinks(key);
    return path;
  }

  /** Looks at the folders one by one: a link may lead to what is not there. */
  async #refuseLinks(key: string): Promise<void> {
    let folder = this.#blobs;
    for (const segment of key.split('/').slice(0, -1)) {
      folder = join(folder, segment);
      const found = await attempt('reach', key, () => orMissing(lstat(folder)));
      if (!found) return;
      if (found.isSymbolicLink()) throw storeFailed('reach', key, symbolicLink(folder));
    }
  }
}

/** As the system says it of a path that no link may be in. */
function symbolicLink(path: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`a symbolic link: ${path}`), { code: 'ELOOP' });
}
