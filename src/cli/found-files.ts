import { isUtf8 } from 'node:buffer';
import { readdir, realpath, stat } from 'node:fs/promises';
import { sep } from 'node:path';
import { printableName } from '../assets/file-name.js';
import { AfterimageError, expected, type ErrorCode } from '../errors.js';

/** A file, or a folder, of one that is imported. */
export interface FoundFile {
  /** As the file system has it, where it need not be text. */
  readonly path: Buffer;
  /** What to call it: its path from the imported folder on. */
  readonly name: string;
}

export interface Refusal {
  readonly name: string;
  readonly code: ErrorCode;
  readonly message: string;
}

export interface FoundFiles {
  readonly files: readonly FoundFile[];
  /** What could not be looked at. */
  readonly refused: readonly Refusal[];
  /** Names of folders that people do not keep pictures in. */
  readonly leftOut: readonly string[];
}

/** Hidden ones, among them the trash of digiKam, and what NAS, Windows and macOS keep for themselves: trash, previews, snapshots. */
const NOT_FOR_PEOPLE =
  /^(?:\..*|@eaDir|[@#]recycle|[@#].*snapshot|\$RECYCLE\.BIN|System Volume Information|lost\+found|__MACOSX)$/i;

/**
 * The files of a folder and its folders, in order, without those of folders that are not for people, and what links in them
 * lead to; each folder once.
 * @param apart a folder that is left out, wherever it lies: the data directory
 * @throws INVALID_ARGUMENT for a folder that cannot be read itself, or is in that one
 */
export async function filesIn(folder: string, apart?: string): Promise<FoundFiles> {
  // Where there is none yet, none is found either.
  const left = apart === undefined ? null : await realpath(apart, 'buffer').catch(() => null);
  const walk = new FolderWalk(left);
  const refusal = (what: string, cause?: unknown) =>
    new AfterimageError('INVALID_ARGUMENT', expected(what, 'folder', folder), { cause });
  const root = await realpath(folder, 'buffer').catch((cause: unknown) => {
    throw refusal('a folder that can be read', cause);
  });
  if (left && isWithin(left, root)) throw refusal('a folder outside the data directory');
  try {
    await walk.start(root);
  } catch (cause) {
    throw refusal('a folder that can be read', cause);
  }
  return walk;
}

/** What a failed call on a file of the import means. Any other error is thrown. */
export function unreadable(cause: unknown): AfterimageError {
  if (cause instanceof AfterimageError) return cause;
  const { code, syscall } = cause as NodeJS.ErrnoException;
  if (syscall === undefined) throw cause;
  const what = syscall === 'scandir' ? 'folder' : 'file';
  return new AfterimageError('INVALID_ARGUMENT', `expected a ${what} that can be read, received ${code}`, { cause });
}

class FolderWalk implements FoundFiles {
  readonly files: FoundFile[] = [];
  readonly refused: Refusal[] = [];
  readonly leftOut: string[] = [];
  /** Real paths: the imported folder, and those outside that links have led to. */
  readonly #roots: Buffer[] = [];
  readonly #links: FoundFile[] = [];

  constructor(private readonly apart: Buffer | null) {}

  async start(root: Buffer): Promise<void> {
    this.#roots.push(root);
    await this.#enter({ path: root, name: '' });
    // Last, when all that is there without them has its own name; more are found on the way.
    for (const link of this.#links) await this.#orRefuse(link, () => this.#follow(link, root));
  }

  async #enter(folder: FoundFile): Promise<void> {
    if (this.apart?.equals(folder.path)) return;
    const entries = await readdir(folder.path, { encoding: 'buffer', withFileTypes: true });
    for (const entry of entries.sort((a, b) => Buffer.compare(a.name, b.name))) {
      const found = {
        path: Buffer.concat([withSeparator(folder.path), entry.name]),
        name: folder.name + (folder.name && '/') + printableName(textOf(entry.name)),
      };
      if (entry.isFile()) this.files.push(found);
      else if (entry.isDirectory() && NOT_FOR_PEOPLE.test(textOf(entry.name))) this.leftOut.push(found.name);
      else if (entry.isDirectory()) await this.#orRefuse(found, () => this.#enter(found));
      else if (entry.isSymbolicLink()) await this.#orRefuse(found, () => this.#look(found));
    }
  }

  async #look(link: FoundFile): Promise<void> {
    const target = await stat(link.path);
    if (target.isFile()) this.files.push(link);
    else if (target.isDirectory()) this.#links.push(link);
  }

  async #follow({ path, name }: FoundFile, root: Buffer): Promise<void> {
    const target = await realpath(path, 'buffer');
    if (this.#roots.some((other) => isWithin(other, target))) return;
    if (isWithin(target, root))
      throw new AfterimageError(
        'INVALID_ARGUMENT',
        'expected a folder beside this one, received a link to one around it',
      );
    this.#roots.push(target);
    await this.#enter({ path: target, name });
  }

  async #orRefuse({ name }: FoundFile, act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (error) {
      const { code, message } = unreadable(error);
      this.refused.push({ name, code, message });
    }
  }
}

/** Of real paths, each of which is that of a folder. */
function isWithin(folder: Buffer, path: Buffer): boolean {
  const start = withSeparator(folder);
  return withSeparator(path).subarray(0, start.length).equals(start);
}

function withSeparator(path: Buffer): Buffer {
  return path.at(-1) === sep.charCodeAt(0) ? path : Buffer.concat([path, Buffer.from(sep)]);
}

/** Where it is no UTF-8 it is of a system that wrote Latin-1. */
function textOf(name: Buffer): string {
  return name.toString(isUtf8(name) ? 'utf8' : 'latin1');
}
