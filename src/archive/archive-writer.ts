import { createWriteStream } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { assetFolders, holdArchive } from './archive-folder.js';
import {
  archivePath,
  EMBEDDINGS,
  KEYS,
  LINE_FILES,
  MANIFEST,
  type FileInfo,
  type LineFile,
  type Manifest,
} from './archive-format.js';
import { HashedFile, HashingStream, infoOf } from './hashed-file.js';
import { DurableFolders } from '../blobstore/durable-folders.js';
import { LOCK_FILE } from '../folder-lock.js';
import { Releasers } from '../releasers.js';
import { syncFolder } from '../sync-folder.js';

/** A folder that becomes an archive when it is finished, and not before. */
export class ArchiveWriter {
  readonly #folders: DurableFolders;
  #embeddings = 0;

  private constructor(
    private readonly folder: string,
    private readonly files: ReadonlyMap<LineFile | typeof EMBEDDINGS, HashedFile>,
    /** The folders of assets that an interrupted export left and that no asset of this one has claimed. */
    private readonly unclaimed: Set<string>,
    private readonly releasers: Releasers,
  ) {
    this.#folders = new DurableFolders(folder);
  }

  /**
   * @param folder made when it is not there; one in which an export was interrupted is taken up again
   * @throws INVALID_ARGUMENT for any other folder that is not empty, or one that an export is writing into
   */
  static async create(folder: string, { isWithKeys }: { isWithKeys: boolean }): Promise<ArchiveWriter> {
    await mkdir(folder, { recursive: true });
    const releasers = new Releasers();
    try {
      releasers.add(await holdArchive(folder));
      await rm(join(folder, KEYS), { force: true });
      const files = new Map<LineFile | typeof EMBEDDINGS, HashedFile>();
      const keys = isWithKeys ? ([KEYS] as const) : [];
      for (const name of [...LINE_FILES, EMBEDDINGS, ...keys] as const)
        files.set(name, releasers.add(await HashedFile.create(join(folder, name))));
      return new ArchiveWriter(folder, files, new Set(await assetFolders(folder)), releasers);
    } catch (error) {
      await releasers.release();
      throw error;
    }
  }

  async addLines(name: LineFile, lines: readonly object[]): Promise<void> {
    await this.files.get(name)!.append(Buffer.from(lines.map((line) => `${JSON.stringify(line)}\n`).join('')));
  }

  /** @returns its place among the embeddings */
  async addEmbedding(embedding: Float32Array): Promise<number> {
    const bytes = Buffer.alloc(embedding.length * 4);
    embedding.forEach((value, index) => bytes.writeFloatLE(value, index * 4));
    await this.files.get(EMBEDDINGS)!.append(bytes);
    return this.#embeddings++;
  }

  /** What is there of a file of an asset, from an export that was interrupted; null when there is none. */
  stored(assetId: string, fileName: string): Promise<FileInfo | null> {
    return infoOf(this.folder, archivePath(assetId, fileName));
  }

  /** Durable when it resolves. */
  async addFile(assetId: string, fileName: string, source: Readable): Promise<FileInfo> {
    const path = join(this.folder, archivePath(assetId, fileName));
    await mkdir(dirname(path), { recursive: true });
    const hashing = new HashingStream();
    await pipeline(source, hashing, createWriteStream(path, { flush: true, mode: 0o600 }));
    await this.#folders.sync(dirname(path));
    return hashing.info();
  }

  /** To be called for each asset that is in the archive: the files of others do not stay. */
  keepFiles(assetId: string): void {
    this.unclaimed.delete(this.#folderOf(assetId));
  }

  async removeFiles(assetId: string): Promise<void> {
    await rm(this.#folderOf(assetId), { recursive: true, force: true });
  }

  /** Makes it an archive. */
  async finish(manifest: Omit<Manifest, 'files'>): Promise<void> {
    for (const folder of this.unclaimed) await rm(folder, { recursive: true, force: true });
    const files = Object.fromEntries(
      await Promise.all([...this.files].map(async ([name, file]) => [name, await file.finish()] as const)),
    );
    const unfinished = join(this.folder, `${MANIFEST}.unfinished`);
    const text = `${JSON.stringify({ ...manifest, files }, null, 2)}\n`;
    await writeFile(unfinished, text, { flush: true, mode: 0o600 });
    await syncFolder(this.folder);
    await rename(unfinished, join(this.folder, MANIFEST));
    await rm(join(this.folder, LOCK_FILE), { force: true });
    await syncFolder(this.folder);
  }

  close(): Promise<void> {
    return this.releasers.release();
  }

  #folderOf(assetId: string): string {
    return dirname(join(this.folder, archivePath(assetId, '_')));
  }
}
