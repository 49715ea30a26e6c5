import { constants } from 'node:fs';
import { mkdir, open, opendir, rename, rm, rmdir, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { AfterimageError } from '../errors.js';
import { storeFailed } from './blob-errors.js';
import type { BlobStore } from './blobstore.js';
import type { DurableFolders } from './durable-folders.js';
import { isMissing, orMissing } from './filesystem-errors.js';

// A second try is needed where a delete removes the empty folder between two system calls of a write; many are not.
const PLACE_ATTEMPTS = 10;
/** What `mkdir` says of a folder that is gone: the latter where it was there a moment ago. */
const FOLDER_GONE: readonly unknown[] = ['ENOENT', 'ENOTDIR'];
// What comes over a connection or out of a file comes in pieces of 64 KB at most.
const PORTION_BYTES = 256 << 10;

/** The same bytes, in few portions: to write one takes about as long as to write a piece of it. */
export async function* inPortions(source: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  let pieces: Uint8Array[] = [];
  let byteCount = 0;
  for await (const piece of source) {
    pieces.push(piece);
    byteCount += piece.length;
    if (byteCount < PORTION_BYTES) continue;
    yield pieces.length === 1 ? piece : Buffer.concat(pieces, byteCount);
    [pieces, byteCount] = [[], 0];
  }
  if (byteCount > 0) yield Buffer.concat(pieces, byteCount);
}

/** Null unless `path` is a file; a symbolic link is none. */
export async function openFile(path: string): Promise<FileHandle | null> {
  const file = await orMissing(open(path, constants.O_RDONLY | constants.O_NOFOLLOW));
  if (!file || (await file.stat()).isFile()) return file;
  await file.close();
  return null;
}

/** Moves a file to `path`, makes the folders on its way, and resolves when all of it is durable. */
export async function placeFile(from: string, path: string, folders: DurableFolders): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      // Most often the folder is there: a picture has one for its files.
      if (tries > 1) await mkdir(dirname(path), { recursive: true });
      await rename(from, path);
      break;
    } catch (error) {
      if (!FOLDER_GONE.includes((error as NodeJS.ErrnoException).code) || tries === PLACE_ATTEMPTS) throw error;
    }
  }
  await folders.sync(dirname(path));
}

/**
 * Removes a file, and the folders below `root` that it leaves empty, so that keys with a folder of their own leave
 * none; a write that meets such a removal makes its folders again.
 */
export async function removeFile(path: string, root: string): Promise<void> {
  await orMissing(rm(path));
  for (let folder = dirname(path); folder !== root; folder = dirname(folder)) {
    const isGone = await rmdir(folder).then(() => true, isMissing);
    if (!isGone) return;
  }
}

export type OnFault = Parameters<BlobStore['list']>[1];

/** The paths of the files in `folder` and below it that start with `prefix`, both relative to `root`. */
export async function* walkFiles(
  root: string,
  folder: string,
  prefix: string,
  onFault: OnFault,
): AsyncIterable<string> {
  try {
    for await (const entry of await opendir(join(root, folder))) {
      const path = `${folder}${entry.name}`;
      if (!path.startsWith(prefix)) continue;
      if (entry.isDirectory()) yield* walkFiles(root, `${path}/`, prefix, onFault);
      else if (entry.isFile()) yield path;
    }
  } catch (error) {
    // A folder may be removed while it is read.
    if (isMissing(error)) return;
    if (error instanceof AfterimageError) throw error;
    const failure = storeFailed('list', prefix, error);
    if (!onFault) throw failure;
    await onFault(folder, failure);
  }
}
