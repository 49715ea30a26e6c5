import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FilesystemBlobStore } from '#dist/blobstore/filesystem.js';
import { describeBlobStore } from '../contract/blobstore.contract.js';

const WRITE_UNTIL_KILLED = fileURLToPath(new URL('write-until-killed.mjs', import.meta.url));
const MIB = 1 << 20;

let contractRoot: string;
describeBlobStore('the file system', async () => {
  contractRoot = await mkdtemp(join(tmpdir(), 'afterimage-blobs-'));
  return FilesystemBlobStore.open(contractRoot);
});
afterAll(() => rm(contractRoot, { recursive: true, force: true }));

describe('the file system', () => {
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'afterimage-blobs-'));
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  const put = (store: FilesystemBlobStore, key: string) => store.write(key, Readable.from([Buffer.from(key)]));

  it('leaves neither a file nor a folder behind a blob that was deleted or failed', async () => {
    const store = await FilesystemBlobStore.open(root);
    await put(store, 'a/b/c');
    await put(store, 'a/d');
    await store.delete(['a/b/c']);
    expect(await readdir(join(root, 'blobs', 'a'))).toEqual(['d']);
    await store.delete(['a/d']);
    await expect(store.write('e/f', new Readable({ read() {} }).destroy(new Error('no')))).rejects.toThrow('no');
    expect(await readdir(join(root, 'blobs'))).toEqual([]);
    expect(await readdir(join(root, 'incoming'))).toEqual([]);
  });

  it('lists no file whose name is no key', async () => {
    const store = await FilesystemBlobStore.open(root);
    await put(store, 'a/b');
    await writeFile(join(root, 'blobs', 'a', 'by hand.txt'), 'x');
    const listed: string[] = [];
    for await (const key of store.list('')) listed.push(key);
    expect(listed).toEqual(['a/b']);
  });

  it('says so when a blob stands where a folder is needed, and goes on', async () => {
    const store = await FilesystemBlobStore.open(root);
    await put(store, 'a');
    const source = Readable.from([randomBytes(10)]);
    await expect(store.write('a/b', source)).rejects.toMatchObject({
      code: 'BLOB_STORE_FAILED',
      message: expect.stringMatching(/^expected the blob store to write "a\/b", received E\w+$/),
      cause: expect.objectContaining({ syscall: 'mkdir' }),
    });
    expect(await readdir(join(root, 'incoming'))).toEqual([]);
    await put(store, 'b/a');
    expect(await store.stat('a')).toMatchObject({ byteSize: 1 });
  });

  it('says so when the folder it writes to is gone, by a write and by a ping, and ends the source', async () => {
    const store = await FilesystemBlobStore.open(root);
    await store.ping();
    await rm(join(root, 'incoming'), { recursive: true });
    const source = Readable.from([randomBytes(10)]);
    await expect(store.write('a', source)).rejects.toMatchObject({ code: 'BLOB_STORE_FAILED' });
    expect(source.destroyed).toBe(true);
    await expect(store.ping()).rejects.toMatchObject({
      code: 'BLOB_STORE_FAILED',
      // Clients are told it: where the folder is only the cause says.
      message: 'expected the blob store to reach "incoming", received ENOENT',
      cause: { message: expect.stringContaining(root) as string },
    });
  });

  it('does not open where a file stands', async () => {
    await writeFile(join(root, 'file'), '');
    await expect(FilesystemBlobStore.open(join(root, 'file'))).rejects.toMatchObject({ code: 'BLOB_STORE_FAILED' });
    await expect(FilesystemBlobStore.open(join(root, 'file/below'))).rejects.toMatchObject({
      code: 'BLOB_STORE_FAILED',
    });
  });

  it('never follows a symbolic link', async () => {
    const store = await FilesystemBlobStore.open(root);
    await mkdir(join(root, 'outside'));
    await writeFile(join(root, 'outside', 'secret'), 'secret');
    await symlink(join(root, 'outside'), join(root, 'blobs', 'folder'));
    await symlink(join(root, 'outside', 'secret'), join(root, 'blobs', 'file'));

    const failed = { code: 'BLOB_STORE_FAILED', cause: expect.objectContaining({ code: 'ELOOP' }) as unknown };
    await expect(store.read('folder/secret')).rejects.toMatchObject(failed);
    await expect(put(store, 'folder/new/secret')).rejects.toMatchObject(failed);
    await expect(store.delete(['folder/secret'])).rejects.toMatchObject(failed);
    await expect(keysOf(store, 'folder/')).rejects.toMatchObject(failed);
    await expect(store.read('file')).rejects.toMatchObject({ code: 'BLOB_NOT_FOUND' });
    expect(await store.stat('file')).toBeNull();
    expect(await keysOf(store, '')).toEqual([]);
    await put(store, 'file');
    expect(await readdir(join(root, 'outside'))).toEqual(['secret']);
    expect(await readFile(join(root, 'outside', 'secret'), 'utf8')).toBe('secret');
  });

  it('says so when the disk is full, leaves nothing, and takes what fits afterwards', async ({ skip }) => {
    const isMounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', root]).status === 0;
    skip(!isMounted, 'only the system administrator can mount a small disk');
    try {
      const store = await FilesystemBlobStore.open(root);
      const tooLarge = Readable.from(Array.from({ length: 64 }, () => randomBytes(65_536)));
      await expect(store.write('large', tooLarge)).rejects.toMatchObject({
        code: 'BLOB_STORE_FAILED',
        message: 'expected the blob store to write "large", received ENOSPC',
      });
      expect(await readdir(join(root, 'incoming'))).toEqual([]);
      await put(store, 'small');
      expect(await store.stat('small')).toMatchObject({ byteSize: 5 });
    } finally {
      spawnSync('umount', [root]);
    }
  });

  it('has every acknowledged blob whole, and nothing else, after its process was killed', async () => {
    const byteSize = MIB;
    const writer = spawn(process.execPath, [WRITE_UNTIL_KILLED, root, String(byteSize)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const acknowledged: string[] = [];
    for await (const key of createInterface({ input: writer.stdout })) {
      acknowledged.push(key);
      if (acknowledged.length === 30) writer.kill('SIGKILL');
    }
    if (writer.signalCode === null) await once(writer, 'exit');
    expect(writer.signalCode).toBe('SIGKILL');
    expect(await readdir(join(root, 'incoming'))).not.toEqual([]);

    const store = await FilesystemBlobStore.open(root);
    expect(await readdir(join(root, 'incoming'))).toEqual([]);
    const keys = await keysOf(store, '');
    expect(keys).toEqual(expect.arrayContaining(acknowledged));
    for (const key of keys) {
      const fill = Number(key.split('/')[1]) % 256;
      expect((await buffer(await store.read(key))).equals(Buffer.alloc(byteSize, fill)), key).toBe(true);
    }
  });
});

async function keysOf(store: FilesystemBlobStore, prefix: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const key of store.list(prefix)) keys.push(key);
  return keys;
}
