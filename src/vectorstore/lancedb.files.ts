import { open, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { mapLimited } from '../map-limited.js';
import { syncFile, syncFolder } from '../sync-folder.js';

// As many as Node asks the system for at a time.
const SYNCS_AT_A_TIME = 4;
/** The last bytes of each of LanceDB's own files that is whole. */
const MAGIC = Buffer.from('LANC');

type Names = ReadonlySet<string>;

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
    const durable = new Map<string, Names>();
    await this.#sync(this.folder, durable);
    this.#durable = durable;
  }

  async #sync(folder: string, durable: Map<string, Names>): Promise<void> {
    const known = this.#durable.get(folder);
    const entries = (await readdir(folder, { withFileTypes: true })).filter(({ name }) => !isUnfinished(name));
    for (const entry of entries)
      if (entry.isDirectory()) await unlessGone(this.#sync(join(folder, entry.name), durable));
    const unknown = entries.filter(({ name }) => !known?.has(name));
    const files = unknown.filter((entry) => entry.isFile());
    await mapLimited(SYNCS_AT_A_TIME, files, ({ name }) => unlessGone(syncFile(join(folder, name))));
    if (unknown.length > 0) await syncFolder(folder);
    durable.set(folder, new Set(entries.map(({ name }) => name)));
  }
}

/**
 * Takes back the last versions of a table that a power cut left torn: none of them was synced, so nobody was told of what they
 * brought. LanceDB itself opens no table whose last version is torn.
 * @param table its folder, which need not be there
 */
export async function dropTornVersions(table: string): Promise<void> {
  const versions = join(table, '_versions');
  // The later, the smaller is the number in its name.
  const names = (await namesIn(versions)).filter((name) => name.endsWith('.manifest')).sort();
  for (const name of names) {
    const version = join(versions, name);
    if (await isWhole(version, join(table, 'data'))) return;
    process.emitWarning(`a power cut left ${version} torn: the version before it is used`);
    await rm(version);
  }
}

async function isWhole(version: string, data: string): Promise<boolean> {
  const manifest = await readFile(version);
  if (!manifest.subarray(-MAGIC.length).equals(MAGIC)) return false;
  const files = (await namesIn(data)).filter((name) => manifest.includes(name));
  const areWhole = await mapLimited(SYNCS_AT_A_TIME, files, (name) => endsWithMagic(join(data, name)));
  return !areWhole.includes(false);
}

async function endsWithMagic(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const { buffer } = await file.read(Buffer.alloc(MAGIC.length), 0, MAGIC.length, Math.max(size - MAGIC.length, 0));
    return buffer.equals(MAGIC);
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
