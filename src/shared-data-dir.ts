import { randomUUID } from 'node:crypto';
import { access, constants, readdir, realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { dataDirUnusable, makeFolder, type DataDir } from './data-dir.js';
import { LOCK_FILE, lockFolder, type FolderLock } from './folder-lock.js';
import { emptyFolder } from './temporary-files.js';

/**
 * Opens the data directory of an installation that keeps nothing in it: a folder for this process's temporary files, of
 * which any number of processes have one each in the same directory. A folder that a dead process left is emptied and
 * used again, so that what was killed never fills the disk.
 *
 * The id is new each time. One that stayed with the folder would be carried along by whoever copies the folder, and the
 * copy would take the work of the original for its own.
 * @throws DATA_DIR_UNUSABLE when it cannot be made or written
 */
export async function openSharedDataDir(path: string): Promise<DataDir> {
  try {
    await makeFolder(path);
    const parent = join(await realpath(path), 'processes');
    for (let number = 1; ; number++) {
      const folder = join(parent, String(number));
      await makeFolder(folder);
      await access(folder, constants.R_OK | constants.W_OK | constants.X_OK);
      const lock = await lockFolder(folder);
      if (lock.isHeld) return await emptied(folder, lock);
    }
  } catch (cause) {
    throw dataDirUnusable(path, cause);
  }
}

async function emptied(folder: string, lock: FolderLock & { isHeld: true }): Promise<DataDir> {
  const empty = () => emptyFolder(folder, LOCK_FILE);
  const close = async () => {
    try {
      await empty();
    } finally {
      await lock.release();
    }
  };
  try {
    await empty();
    return { path: folder, instanceId: randomUUID(), sweep: () => sweep(dirname(folder)), close };
  } catch (error) {
    await lock.release();
    throw error;
  }
}

/** Those who hold one of the folders keep it; so does this process. */
async function sweep(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    if (!/^\d+$/.test(name)) continue;
    // What this user may not lock is another's.
    const lock = await lockFolder(join(parent, name)).catch(() => null);
    if (lock?.isHeld) await emptyFolder(join(parent, name), LOCK_FILE).finally(() => lock.release());
  }
}
