import { open } from 'node:fs/promises';

// How file systems of a network answer that a folder cannot be synced: they keep names in their own way.
const UNSUPPORTED = ['EINVAL', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP'];

/** Makes the names in a folder durable: a new or renamed file survives a power cut only after this. */
export async function syncFolder(folder: string): Promise<void> {
  // Windows opens no folder; NTFS journals its names by itself.
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } catch (error) {
    if (!UNSUPPORTED.includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  } finally {
    await handle.close();
  }
}
