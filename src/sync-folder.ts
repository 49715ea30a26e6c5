import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';

// How file systems of a network answer that a folder cannot be synced: they keep names in their own way.
const UNSUPPORTED = ['EINVAL', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP'];

/** Whether that error of syncing a folder says only that its file system keeps names durable by itself. */
export function keepsNames(error: unknown): boolean {
  // Windows syncs no folder; NTFS journals its names by itself.
  return process.platform === 'win32' || UNSUPPORTED.includes((error as NodeJS.ErrnoException).code ?? '');
}

/** Makes the names in a folder durable: a new or renamed file survives a power cut only after this. */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } catch (error) {
    if (!keepsNames(error)) throw error;
  } finally {
    await handle.close();
  }
}

/** Makes everything in a folder durable, itself included; its own name is its parent's. */
export async function syncTree(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await syncTree(path);
    else if (entry.isFile()) await syncFile(path);
  }
  await syncFolder(folder);
}

/** Makes the bytes of a file durable. */
export async function syncFile(path: string): Promise<void> {
  // Windows syncs none that is open for reading only; elsewhere it may be one that nobody may write to.
  const handle = await open(path, process.platform === 'win32' ? 'r+' : 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
