import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readdir, stat } from 'node:fs/promises';
import { request, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { AfterimageProcess } from './support/afterimage-process.js';
import { emptyDataDir } from './support/data-dir.js';
import { canMount, SmallDisk } from './support/small-disk.js';
import { readStoredLibrary } from './support/stored-library.js';
import { bytesOf, sample } from '../support/pictures.js';
import { multipartForm, type Upload } from '../support/server.js';

const UPLOAD = `mutation ($file: Upload!) { answer: uploadAsset(file: $file) {
  __typename ... on UploadedAsset { asset { sha256 } } ... on RejectedUpload { code isRetryable } } }`;
const QUESTION = 'query ($file: Upload!) { answer: similarImages(image: $file, first: 1) { edges { score } } }';
const REFUSED = { data: { answer: { __typename: 'RejectedUpload', code: 'BLOB_STORE_FAILED', isRetryable: true } } };

/** A request whose body is sent piece by piece. */
async function post(url: string, query: string, file: Upload) {
  const form = new Response(multipartForm(query, { file: null }, { file }));
  const body = Buffer.from(await form.arrayBuffer());
  const client = request(`${url}/graphql`, {
    method: 'POST',
    headers: { ...Object.fromEntries(form.headers), 'apollo-require-preflight': 'true', 'content-length': body.length },
  });
  const answered = once(client, 'response') as Promise<[IncomingMessage]>;
  // Before it is awaited, an error would end the test's process; who awaits it is told all the same.
  answered.catch(() => undefined);
  let sent = 0;
  return {
    /** @param end the byte of the body before which it stops */
    send: (end: number) => client.write(body.subarray(sent, (sent = end))),
    /** Sends what is left of it. */
    async answer(): Promise<unknown> {
      client.end(body.subarray(sent));
      return json((await answered)[0]);
    },
  };
}

describe.skipIf(!canMount)('a disk that takes a part of a write (as root on Linux: it mounts a small one)', () => {
  it('refuses an upload that lost bytes to it, though the rest finds room again', async () => {
    const environment = { DATA_DIR: await emptyDataDir(), PORT: '0', LOG_LEVEL: 'silent' };
    const disk = await SmallDisk.mount(join(environment.DATA_DIR, 'spool'));
    const server = new AfterimageProcess(['serve'], environment);
    const url = await server.url();
    // Without compression a picture can be read that has a hole.
    const picture = sharp(sample('boats-at-sunset').bytes).resize(1000, 700).tiff({ compression: 'none' });
    const file = { name: 'boats.tif', bytes: await bytesOf(picture) };

    const upload = await post(url, UPLOAD, file);
    upload.send(200_000);
    const spooled = async () => {
      const [name] = await readdir(disk.folder);
      return name === undefined ? 0 : (await stat(join(disk.folder, name))).size;
    };
    await server.until(async () => (await spooled()) > 150_000, 'the first piece');
    await disk.fill({ left: 40_960 });
    upload.send(260_000);
    await server.until(async () => (await readdir(disk.folder)).length === 1, 'the end of the file in the spool');
    await disk.empty();
    expect(await upload.answer()).toEqual(REFUSED);

    const sha256 = createHash('sha256').update(file.bytes).digest('hex');
    const again = await post(url, UPLOAD, file);
    expect(await again.answer()).toEqual({ data: { answer: { __typename: 'UploadedAsset', asset: { sha256 } } } });
    expect(await server.kill('SIGTERM')).toMatchObject({ code: 0 });
    expect(await readStoredLibrary(environment)).toMatchObject({ incomingFiles: [], openUploads: 0 });
  });

  it('answers an upload and a question whose last bytes it does not take', async () => {
    const environment = { DATA_DIR: await emptyDataDir(), PORT: '0', LOG_LEVEL: 'silent' };
    const disk = await SmallDisk.mount(join(environment.DATA_DIR, 'spool'));
    const server = new AfterimageProcess(['serve'], environment);
    const url = await server.url();
    const file = sample('ancient-coins');
    const ask = async (query: string) => (await post(url, query, file)).answer();

    await disk.fill({ left: 20_480 });
    expect(file.bytes.length).toBeGreaterThan(20_480);
    expect(await ask(UPLOAD)).toEqual(REFUSED);
    expect(await ask(QUESTION)).toMatchObject({ errors: [{ extensions: { code: 'BLOB_STORE_FAILED' } }] });
    await disk.empty();
    expect(await ask(QUESTION)).toEqual({ data: { answer: { edges: [] } } });
    expect(await ask(UPLOAD)).toMatchObject({ data: { answer: { __typename: 'UploadedAsset' } } });
    expect(await server.kill('SIGTERM')).toMatchObject({ code: 0 });
    expect(await readdir(disk.folder)).toEqual([]);
  });
});
