import { constants } from 'node:fs';
import { lstat, open, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';

// What waits for a writer, as a pipe does, is not waited for: it is no file that an export has written.
const FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/**
 * Opens a file of an archive. Its folders are looked at one by one: an archive comes from anywhere, and a symbolic link in it
 * could lead to any file of this machine.
 * @param path below the folder of the archive, with `/` between its parts
 * @throws as the file system does; ELOOP for a link
 */
export async function openArchived(archive: string, path: string): Promise<FileHandle> {
  let folder = archive;
  for (const segment of path.split('/').slice(0, -1)) {
    folder = join(folder, segment);
    if ((await lstat(folder)).isSymbolicLink())
      throw Object.assign(new Error(`a symbolic link: ${folder}`), { code: 'ELOOP' });
  }
  return open(join(archive, path), FLAGS);
}
