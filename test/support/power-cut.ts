import { existsSync } from 'node:fs';
import { copyFile, lstat, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const RECORDER = new URL('synced-files.mjs', import.meta.url);

/**
 * A power cut, at its worst: of what processes wrote into a folder only that is left which they had synced, every file as it
 * was at its last sync, every name as it was at the last sync of its folder. As file systems do, the first sync of a new
 * file keeps its name too; `fdatasync` keeps no other. What is written without Node's own calls is not there at all.
 */
export class PowerCut {
  /** What a process needs in its environment. */
  readonly environment: Readonly<Record<string, string>>;

  /** @param kept the path of a folder for what is durable, which is not there yet */
  constructor(
    private readonly folder: string,
    private readonly kept: string,
  ) {
    this.environment = {
      NODE_OPTIONS: `--import ${RECORDER.href}`,
      POWER_CUT_FOLDER: folder,
      POWER_CUT_KEPT: kept,
    };
  }

  /** Whether the path of an open file can be told here. */
  static get isPossible(): boolean {
    return existsSync('/proc/self/fd');
  }

  /** Makes the folder anew, at another path, as it is found when the power is back. The processes have ended. */
  async restore(path: string): Promise<void> {
    await this.#restore(await keyOf(this.folder), path);
  }

  async #restore(key: string, path: string): Promise<void> {
    const kept = join(this.kept, key);
    if (key.startsWith('folder')) {
      await mkdir(path);
      for (const [name, each] of Object.entries(await this.#namesIn(kept))) await this.#restore(each, join(path, name));
    } else if (existsSync(kept)) await copyFile(kept, path);
    // A name that is durable, of a file whose bytes never were.
    else await writeFile(path, '');
  }

  async #namesIn(kept: string): Promise<Record<string, string>> {
    return existsSync(kept) ? (JSON.parse(await readFile(kept, 'utf8')) as Record<string, string>) : {};
  }
}

/** The number of a file is given to another when it is gone, but not its moment. */
async function keyOf(path: string): Promise<string> {
  const stat = await lstat(path);
  return `${stat.isDirectory() ? 'folder' : 'file'}-${stat.ino}-${stat.birthtimeMs}`;
}
