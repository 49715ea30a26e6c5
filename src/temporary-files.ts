import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { dataDirUnusable, makeFolder } from './data-dir.js';

/**
 * Has this process keep its temporary files in a folder of its data directory, and removes those that a killed one left
 * there. Uploads are spooled to them, so that they need as much room as files do: where the system has its own they may be
 * in memory. It is for the one who owns the process, since the libraries that make such files know of no other place.
 * @param dataDir held by this process
 * @throws DATA_DIR_UNUSABLE
 */
export async function keepTemporaryFilesIn(dataDir: string): Promise<void> {
  const folder = join(dataDir, 'spool');
  try {
    await makeFolder(folder);
    await emptyFolder(folder);
  } catch (cause) {
    throw dataDirUnusable(dataDir, cause);
  }
  // The second is Windows's.
  // oxlint-disable-next-line no-restricted-properties
  Object.assign(process.env, { TMPDIR: folder, TEMP: folder });
}

/** The folder itself stays: it may be a disk of its own. */
export async function emptyFolder(folder: string, kept?: string): Promise<void> {
  for (const name of await readdir(folder))
    if (name !== kept) await rm(join(folder, name), { recursive: true, force: true });
}
