import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileNamesOf, folderOf } from './file-names.js';
import { isOwnSidecar, toXmpSidecar, type Described } from './xmp-sidecar.js';
import type { FileInfo } from '../archive/archive-format.js';
import { HashingStream } from '../archive/hashed-file.js';
import { digestFile } from '../byte-digest.js';
import type { Asset } from '../database/generated/client.js';

export interface Written {
  /** From the folder on. */
  readonly path: string;
  /** Whether it was there already, with the same bytes. */
  readonly wasThere: boolean;
  /** Whether another program has written its sidecar since, which was left as it is. */
  readonly isSidecarKept: boolean;
}

/** A folder that pictures are written into for people and other programs. What is in it that it did not write stays. */
export class PictureFolder {
  /** Of paths, as a file system knows them that knows no case: whether they are given to a picture. */
  readonly #claims = new Map<string, Promise<boolean>>();

  constructor(private readonly folder: string) {}

  /**
   * Writes a picture under its name, and what is known of it beside. Written before, it is where it was.
   * @returns what was received instead of the picture that `sha256` names, where that is none
   * @throws as `read` and the file system do
   */
  async write(asset: Asset, described: Described, read: () => Promise<Readable>): Promise<Written | FileInfo> {
    const folder = folderOf(asset);
    await mkdir(join(this.folder, folder), { recursive: true });
    for (const name of fileNamesOf(asset)) {
      const path = `${folder}/${name}`;
      const there = await this.#claim(path, asset);
      if (there === 'another') continue;
      if (there === 'none') {
        const received = await this.#copy(path, asset, await read());
        if (received) return received;
      }
      return { path, wasThere: there === 'same', isSidecarKept: !(await this.#describe(path, described)) };
    }
    throw new Error('unreachable: there are names without end');
  }

  /** @returns what is there; a path that has another file, or is given to another picture, is left */
  async #claim(path: string, asset: Asset): Promise<'none' | 'same' | 'another'> {
    const key = path.normalize('NFC').toLowerCase();
    for (let claim; (claim = this.#claims.get(key));) if (await claim) return 'another';
    const looking = this.#look(path, asset);
    this.#claims.set(
      key,
      looking.then(
        (there) => {
          if (there === 'another') this.#claims.delete(key);
          return there !== 'another';
        },
        // Whoever looks is told.
        () => true,
      ),
    );
    return looking;
  }

  async #look(path: string, { byteSize, sha256 }: Asset): Promise<'none' | 'same' | 'another'> {
    const file = join(this.folder, path);
    const found = await stat(file).catch(orNone);
    if (!found) return 'none';
    if (!found.isFile() || BigInt(found.size) !== byteSize) return 'another';
    return (await digestFile(file)).sha256 === sha256 ? 'same' : 'another';
  }

  /** @returns what was received instead */
  async #copy(path: string, { sha256, capturedAt }: Asset, source: Readable): Promise<FileInfo | undefined> {
    const hashing = new HashingStream();
    return writeWhole(join(this.folder, path), async (part) => {
      await pipeline(source, hashing, createWriteStream(part, { flush: true }));
      const received = hashing.info();
      if (received.sha256 !== sha256) return received;
      if (capturedAt) await utimes(part, capturedAt, capturedAt);
      return undefined;
    });
  }

  /** @returns false where another program has written the sidecar since */
  async #describe(path: string, described: Described): Promise<boolean> {
    const file = join(this.folder, `${path}.xmp`);
    const known = await readFile(file, 'utf8').catch(orNone);
    const content = toXmpSidecar(described);
    if (known === content || (known === undefined && content === null)) return true;
    if (known !== undefined && !isOwnSidecar(known)) return false;
    if (content === null) await rm(file);
    else await writeWhole(file, (part) => writeFile(part, content, { flush: true }));
    return true;
  }
}

/**
 * Whole or not at all: half a sidecar would be taken for that of another program.
 * @param write writes it beside, and returns what is wrong with it, if anything
 */
async function writeWhole<Wrong>(file: string, write: (part: string) => Promise<Wrong>): Promise<Wrong> {
  // A name of its own, as another export may be writing into the folder, and a short one, as that of the file may be long.
  const part = join(dirname(file), `.${randomUUID()}.part`);
  try {
    const wrong = await write(part);
    if (wrong === undefined) await rename(part, file);
    return wrong;
  } finally {
    await rm(part, { force: true });
  }
}

function orNone(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
  return undefined;
}
