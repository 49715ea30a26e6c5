import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ASSETS, FILES, MANIFEST } from './archive-format.js';
import { AfterimageError, expected } from '../errors.js';
import { LOCK_FILE, lockFolder } from '../folder-lock.js';
import type { Closable } from '../releasers.js';

/**
 * Keeps a folder for one export, until it is closed.
 * @throws INVALID_ARGUMENT for a folder with something else in it, or one that an export is writing into
 */
export async function holdArchive(folder: string): Promise<Closable> {
  // First, so that nothing is written into a folder of somebody else's.
  await assertUsable(folder);
  const lock = await lockFolder(folder);
  if (!lock.isHeld) throw inUse(folder, lock.pid);
  try {
    // Again: the export that held it may have ended well.
    await assertUsable(folder);
  } catch (error) {
    await lock.release();
    throw error;
  }
  return { close: () => lock.release() };
}

/** The folders of assets that are there, of an export that was interrupted. */
export async function assetFolders(folder: string): Promise<string[]> {
  const files = join(folder, FILES);
  if (!existsSync(files)) return [];
  return (await Promise.all((await foldersIn(files)).map(foldersIn))).flat();
}

async function foldersIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(folder, name));
}

async function assertUsable(folder: string): Promise<void> {
  const names = (await readdir(folder)).filter((name) => name !== LOCK_FILE);
  const isUnfinished = names.includes(ASSETS) && !names.includes(MANIFEST);
  if (names.length > 0 && !isUnfinished)
    throw new AfterimageError('INVALID_ARGUMENT', expected('an empty folder', 'the archive', folder));
}

function inUse(folder: string, pid: number | undefined): AfterimageError {
  const holder = pid === undefined ? 'another process' : `process ${pid}`;
  const message = `expected a folder that no other export writes into for the archive ${folder}`;
  return new AfterimageError('INVALID_ARGUMENT', `${message}, received one in use by ${holder}`);
}
