import { randomUUID } from 'node:crypto';
import { access, constants, mkdir, readFile, realpath, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { AfterimageError, expected } from './errors.js';
import { lockFolder } from './folder-lock.js';
import { isId } from './id.js';
import { syncFolder } from './sync-folder.js';

/** A folder that is held by this process alone until `close`. */
export interface DataDir {
  /** Absolute, symbolic links resolved. */
  readonly path: string;
  /**
   * A UUID. Because one process at a time has it, whatever is marked with this id and was not begun by this process was
   * abandoned by one that is dead.
   */
  readonly instanceId: string;
  /** Removes what processes left that were killed beside this one. To be called now and then. */
  sweep(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens the data directory of an installation that keeps some part of itself in it, making it first when there is none,
 * and locks out every other process. Its id stays with it.
 * @throws DATA_DIR_UNUSABLE when it cannot be made or written, DATA_DIR_IN_USE when another process has it
 */
export async function openDataDir(path: string): Promise<DataDir> {
  try {
    await makeFolder(path);
    const folder = await realpath(path);
    await access(folder, constants.R_OK | constants.W_OK | constants.X_OK);
    const lock = await lockFolder(folder);
    if (!lock.isHeld) throw inUse(path, lock.pid);
    try {
      return {
        path: folder,
        instanceId: await readInstanceId(folder),
        sweep: async () => {},
        close: () => lock.release(),
      };
    } catch (error) {
      await lock.release();
      throw error;
    }
  } catch (cause) {
    throw dataDirUnusable(path, cause);
  }
}

export function dataDirUnusable(path: string, cause: unknown): AfterimageError {
  if (cause instanceof AfterimageError) return cause;
  const message = `expected a folder that can be written for the data directory ${path}`;
  return new AfterimageError('DATA_DIR_UNUSABLE', `${message}, received ${(cause as Error).message}`, { cause });
}

/** As `mkdir` with `recursive`, which on Linux never returns for a path that can have no folders, such as one in /proc. */
export async function makeFolder(path: string): Promise<void> {
  const make = () =>
    mkdir(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  try {
    await make();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || dirname(path) === path) throw error;
    await makeFolder(dirname(path));
    await make();
  }
}

async function readInstanceId(folder: string): Promise<string> {
  const file = join(folder, 'instance-id');
  const known = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (known !== null) {
    const instanceId = known.trim();
    if (!isId(instanceId)) throw new AfterimageError('DATA_DIR_UNUSABLE', expected('a UUID', file, instanceId));
    return instanceId;
  }
  const instanceId = randomUUID();
  const unfinished = `${file}.unfinished`;
  await writeFile(unfinished, `${instanceId}\n`, { flush: true });
  await rename(unfinished, file);
  await syncFolder(folder);
  return instanceId;
}

function inUse(path: string, pid: number | undefined): AfterimageError {
  const holder = pid === undefined ? 'another process' : `process ${pid}`;
  const message = `expected a data directory that nothing else uses for ${path}, received one in use by ${holder}: stop the server first`;
  return new AfterimageError('DATA_DIR_IN_USE', message);
}
