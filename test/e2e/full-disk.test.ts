import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from 'vitest';
import { AfterimageProcess } from './support/afterimage-process.js';
import { emptyDataDir } from './support/data-dir.js';
import { askGraphQL } from './support/graphql-client.js';
import { runHere } from './support/run-here.js';
import { canMount, SmallDisk } from './support/small-disk.js';
import { readStoredLibrary } from './support/stored-library.js';
import { PHOTOGRAPH, pictures, UploadClient } from './support/upload-client.js';
import { sample } from '../support/pictures.js';
import { multipartForm } from '../support/server.js';

const FIND = '{ searchByText(query: "boats at sunset", first: 1) { edges { node { originalName } } } }';

describe.skipIf(!canMount)('a disk that is full (as root on Linux: it mounts a small one)', () => {
  it('takes nothing and keeps all that it has, and takes it when there is room again', async () => {
    const environment = { DATA_DIR: await emptyDataDir(), PORT: '0', LOG_LEVEL: 'silent' };
    const disk = await SmallDisk.mount(join(environment.DATA_DIR, 'files'));
    const server = new AfterimageProcess(['serve'], environment);
    const url = await server.url();
    const client = new UploadClient(() => url);
    const files = await pictures(40);
    await client.send(files.slice(0, 20), 20);
    await disk.fill();

    const rest = files.slice(20);
    expect(await client.attempt(rest)).toEqual(rest);
    expect(client.refusals).toEqual(rest.map(() => ({ code: 'BLOB_STORE_FAILED', isRetryable: true })));
    // The renditions of the first twenty may just be trying their luck there.
    await expect.poll(() => readdir(join(disk.folder, 'incoming'))).toEqual([]);
    const readiness = async () => (await fetch(`${url}/ready`)).status;
    expect(await readiness()).toBe(503);

    await disk.empty();
    await client.send(rest, 20);
    await expect.poll(readiness, { timeout: 10_000 }).toBe(200);
    const { told } = client;
    const allReady = { data: { assets: { totalCount: files.length } } };
    await server.until(
      async () =>
        isDeepStrictEqual(await askGraphQL(url, '{ assets(filter: { states: [READY] }) { totalCount } }'), allReady),
      'the last picture',
      { interval: 100 },
    );
    expect(await askGraphQL(url, FIND)).toEqual({
      data: { searchByText: { edges: [{ node: { originalName: PHOTOGRAPH } }] } },
    });
    expect(await server.kill('SIGTERM')).toMatchObject({ code: 0 });

    const library = await readStoredLibrary(environment);
    const names = files.map(({ name }) => name).sort();
    expect(library.assets.map(({ originalName }) => originalName).sort()).toEqual(names);
    for (const { id, originalName, state } of library.assets)
      expect([originalName, id, state]).toEqual([originalName, told.get(originalName)!.id, 'READY']);
    expect(library.blobs).toEqual(library.expectedBlobs);
    expect(library).toMatchObject({ incomingFiles: [], openUploads: 0, unfinishedJobs: 0 });
    expect(await runHere(['doctor'], environment)).toMatchObject({
      code: 0,
      stdout: 'Nothing is wrong.\n',
      stderr: '',
    });
  });

  it('refuses an upload that its temporary files have no room for, and keeps nothing of it', async () => {
    const environment = { DATA_DIR: await emptyDataDir(), PORT: '0', LOG_LEVEL: 'silent' };
    const disk = await SmallDisk.mount(join(environment.DATA_DIR, 'spool'));
    await writeFile(join(disk.folder, 'left by a process that was killed'), Buffer.alloc(1024 * 1024));
    const server = new AfterimageProcess(['serve'], environment);
    const url = await server.url();
    const client = new UploadClient(() => url);
    const bytes = Buffer.alloc(6 * 1024 * 1024, 1);
    // More than are stored at the same time, so that some have failed before their turn.
    const files = Array.from({ length: 6 }, (_, index) => ({ name: `${index}.png`, bytes }));
    expect(await client.attempt(files)).toEqual(files);
    expect(client.refusals).toEqual(files.map(() => ({ code: 'BLOB_STORE_FAILED', isRetryable: true })));
    await expect.poll(() => readdir(disk.folder)).toEqual([]);

    await disk.fill();
    const question = 'query ($image: Upload) { similarImages(image: $image, first: 1) { edges { score } } }';
    const body = () => multipartForm(question, { image: null }, { image: sample('cat-face') });
    const headers = { 'apollo-require-preflight': 'true' };
    const ask = async () => (await fetch(`${url}/graphql`, { method: 'POST', headers, body: body() })).json();
    expect(await ask()).toMatchObject({ errors: [{ extensions: { code: 'BLOB_STORE_FAILED' } }] });
    await disk.empty();
    expect(await ask()).toEqual({ data: { similarImages: { edges: [] } } });
    await client.send(await pictures(3));
    expect(await server.kill('SIGTERM')).toMatchObject({ code: 0 });
    expect(await readdir(disk.folder)).toEqual([]);
    expect(await readStoredLibrary(environment)).toMatchObject({ incomingFiles: [], openUploads: 0 });
  });
});
