import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { tryLock } from 'fs-native-extensions';

// On Windows nobody else can read what is locked: the lock lies behind the pid that others are to read.
const LOCKED_BYTE = 1_024;
export const LOCK_FILE = '.lock';

export type FolderLock =
  | { readonly isHeld: true; release(): Promise<void> }
  /** The process that holds it, where it has said so by now. */
  | { readonly isHeld: false; readonly pid: number | undefined };

/**
 * Locks a folder against every other process, and against this one. The lock is the kernel's: it is free the moment that
 * its holder ends, however that was.
 */
export async function lockFolder(folder: string): Promise<FolderLock> {
  // Never deleted: who has it open would lock a file that the next one does not find.
  const file = await open(join(folder, LOCK_FILE), 'a+');
  try {
    if (!tryLock(file.fd, LOCKED_BYTE, 1)) {
      const pid = Number((await file.readFile('utf8')).trim());
      await file.close();
      return { isHeld: false, pid: pid > 0 ? pid : undefined };
    }
    await file.truncate();
    await file.write(`${process.pid}\n`);
  } catch (error) {
    await file.close();
    throw error;
  }
  let released: Promise<void> | undefined;
  return { isHeld: true, release: () => (released ??= file.close()) };
}
