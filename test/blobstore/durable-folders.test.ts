import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { DurableFolders } from '#dist/blobstore/durable-folders.js';
import { syncFolder } from '#dist/sync-folder.js';

let root: string;
let folders: DurableFolders;
let synced: string[];
/** Called before a folder is synced. */
let meanwhile: (folder: string) => Promise<void>;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'afterimage-folders-'));
  await mkdir(join(root, 'a/b'), { recursive: true });
  synced = [];
  meanwhile = async () => undefined;
  folders = new DurableFolders(root, async (folder) => {
    synced.push(relative(root, folder));
    await meanwhile(relative(root, folder));
    await syncFolder(folder);
  });
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function syncedBy(folder: string): Promise<string[]> {
  synced = [];
  await folders.sync(join(root, folder));
  return synced;
}

it('syncs every folder up to the root once, and from then on only the folder of the file', async () => {
  expect(await syncedBy('a/b')).toEqual(['a/b', 'a', '']);
  expect(await syncedBy('a/b')).toEqual(['a/b']);
  await mkdir(join(root, 'a/c'));
  expect(await syncedBy('a/c')).toEqual(['a/c', 'a']);
});

it('trusts no folder that a removal may have taken away, before, during or after it', async () => {
  await syncedBy('a/b');
  await folders.removing(async () => {
    expect(await syncedBy('a/b')).toEqual(['a/b', 'a', '']);
    expect(await syncedBy('a/b')).toEqual(['a/b', 'a', '']);
  });
  expect(await syncedBy('a/b')).toEqual(['a/b', 'a', '']);
});

it('remembers nothing of a sync during which a folder may have been removed', async () => {
  meanwhile = (folder) => (folder === 'a' ? folders.removing(async () => undefined) : Promise.resolve());
  await syncedBy('a/b');
  meanwhile = async () => undefined;
  expect(await syncedBy('a/b')).toEqual(['a/b', 'a', '']);
});
