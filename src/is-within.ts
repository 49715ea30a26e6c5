import { realpath } from 'node:fs/promises';
import { relative, sep } from 'node:path';

/** Whether a file lies in a folder, where links lead. @throws as the file system does, when one of them is not there */
export async function isWithin(folder: string, file: string): Promise<boolean> {
  const way = relative(await realpath(folder), await realpath(file));
  return way !== '..' && !way.startsWith(`..${sep}`);
}
