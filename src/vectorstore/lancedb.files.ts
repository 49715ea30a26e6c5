import type { Dirent } from 'node:fs';
import { open, readdir, readFile, rm } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { mapLimited } from '../map-limited.js';
import { syncFile, syncFolder } from '../sync-folder.js';

// As many as Node asks the system for at a time.
const SYNCS_AT_A_TIME = 4;
/** The last bytes of a file that is whole. */
const ENDS: Readonly<Record<string, string>> = { '.manifest': 'LANC', '.lance': 'LANC', '.arrow': 'ARROW1' };
const VERSIONS = '_versions';
/** A list of deleted rows: its fragment, the version before it, and the number by which a version names it. */
const DELETIONS = /^\d+-\d+-(\d+)\.arrow$/;

type Names = ReadonlySet<string>;

interface Folder {
  readonly path: string;
  readonly entries: readonly Dirent[];
}

/**
 * The files of LanceDB in a folder. It has none of them synced, but writes each under another name, moves it when it is
 * whole, and never writes to it again.
 */
export class LanceDbFiles {
  /** What is durable, by folder. */
  #durable: ReadonlyMap<string, Names> = new Map();

  constructor(private readonly folder: string) {}

  /** Resolves when all that LanceDB had written at the call would survive a power cut. */
  async sync(): Promise<void> {
    // What a version is of was written before it, and is durable before it is.
    const versions = await foldersIn(join(this.folder, VERSIONS));
    const others = await foldersIn(this.folder, VERSIONS);
    const durable = new Map<string, Names>();
    for (const { path, entries } of [...others, ...versions]) {
      await unlessGone(this.#syncNew(path, entries));
      durable.set(path, new Set(entries.map(({ name }) => name)));
    }
    this.#durable = durable;
  }

  async #syncNew(folder: string, entries: readonly Dirent[]): Promise<void> {
    const known = this.#durable.get(folder);
    const unknown = entries.filter(({ name }) => !known?.has(name));
    const files = unknown.filter((entry) => entry.isFile());
    await mapLimited(SYNCS_AT_A_TIME, files, ({ name }) => unlessGone(syncFile(join(folder, name))));
    if (unknown.length > 0) await syncFolder(folder);
  }
}

/** A folder after those that are in it, but for one of them. */
async function foldersIn(path: string, left?: string): Promise<Folder[]> {
  const all = (await unlessGone(readdir(path, { withFileTypes: true }))) ?? [];
  const entries = all.filter(({ name }) => !isUnfinished(name));
  const folders: Folder[] = [];
  for (const entry of entries)
    if (entry.isDirectory() && entry.name !== left) folders.push(...(await foldersIn(join(path, entry.name))));
  return [...folders, { path, entries }];
}

/**
 * Takes back the last versions of a table that a power cut left torn: none of them was synced, so nobody was told of what they
 * brought. LanceDB itself opens no table whose last version is torn, and reads none whose rows are. Where no version is whole,
 * it was no power cut that left them so, and all stay as they are.
 * @param table its folder, which need not be there
 */
export async function dropTornVersions(table: string): Promise<void> {
  const versions = join(table, VERSIONS);
  // The later, the smaller is the number in its name.
  const names = (await namesIn(versions)).filter((name) => name.endsWith('.manifest')).sort();
  const torn: string[] = [];
  for (const name of names) {
    if (await isWhole(join(versions, name), table)) break;
    torn.push(join(versions, name));
  }
  // Before a table has rows its very first version may be torn.
  if (torn.length === names.length && (await namesIn(join(table, 'data'))).length > 0) return;
  for (const version of torn) {
    process.emitWarning(`a power cut left ${version} torn: the version before it is used`);
    // Somebody else may be taking it back.
    await unlessGone(rm(version));
  }
}

async function isWhole(version: string, table: string): Promise<boolean> {
  if (!(await endsWell(version))) return false;
  const manifest = await readFile(version);
  const filesIn = async (folder: string, isIn: (name: string) => boolean) =>
    (await namesIn(join(table, folder))).filter(isIn).map((name) => join(table, folder, name));
  const files = [
    ...(await filesIn('data', (name) => manifest.includes(name))),
    ...(await filesIn('_deletions', (name) => {
      const number = DELETIONS.exec(name)?.[1];
      return number !== undefined && manifest.includes(varint(BigInt(number)));
    })),
  ];
  return !(await mapLimited(SYNCS_AT_A_TIME, files, endsWell)).includes(false);
}

/** A number as Protocol Buffers write it. */
function varint(number: bigint): Buffer {
  const bytes: number[] = [];
  for (; number > 127n; number >>= 7n) bytes.push(Number(number & 127n) | 128);
  return Buffer.from([...bytes, Number(number)]);
}

async function endsWell(path: string): Promise<boolean> {
  const end = Buffer.from(ENDS[extname(path)] ?? '');
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const { buffer } = await file.read(Buffer.alloc(end.length), 0, end.length, Math.max(size - end.length, 0));
    return buffer.equals(end);
  } finally {
    await file.close();
  }
}

async function namesIn(folder: string): Promise<string[]> {
  return (await unlessGone(readdir(folder))) ?? [];
}

function isUnfinished(name: string): boolean {
  return name.startsWith('.tmp') || name.includes('#');
}

/** Old versions are removed at any time. */
async function unlessGone<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return undefined;
  }
}
