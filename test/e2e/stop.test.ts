import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { AfterimageProcess, type Environment } from './support/afterimage-process.js';
import { emptyDataDir } from './support/data-dir.js';
import { askGraphQL, uploadFiles } from './support/graphql-client.js';
import { SAMPLE_NAMES, SAMPLES } from './support/samples.js';
import { readStoredLibrary } from './support/stored-library.js';
import { describeOnEveryDatabase } from '../support/databases.js';

const NAMES = SAMPLE_NAMES.slice(0, 16);
const SUBSCRIPTION = 'subscription { assetProcessed { originalName } }';
const CLEAN = { code: 0, signal: null, stderr: '' };

async function serve(settings: Environment = {}) {
  const environment = { DATA_DIR: await emptyDataDir(), PORT: '0', ...settings };
  const server = new AfterimageProcess(['serve'], environment);
  return { environment, server, url: await server.url() };
}

/** A connection on which the test says what it likes. */
async function rawConnection(url: string): Promise<Socket> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

describe('SIGINT ends a server with code 0', () => {
  it('and with it the subscriptions of its clients', async () => {
    const { server, url } = await serve();
    const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
    await once(socket, 'open');
    socket.send(JSON.stringify({ type: 'connection_init' }));
    await once(socket, 'message');
    socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query: SUBSCRIPTION } }));
    const received: string[] = [];
    socket.on('message', (message: Buffer) => received.push(message.toString()));
    const stream = await fetch(`${url}/graphql/stream?query=${encodeURIComponent(SUBSCRIPTION)}`, {
      headers: { accept: 'text/event-stream', 'apollo-require-preflight': 'true' },
    });
    const events = stream.text();
    await uploadFiles(url, [join(SAMPLES, 'cat-face.jpg')]);
    await server.until(() => received.length > 0, 'the event');

    const closed = once(socket, 'close');
    expect(await server.kill('SIGINT')).toMatchObject(CLEAN);
    expect((await closed)[0]).toBe(1001);
    expect(received).toEqual([expect.stringContaining('cat-face.jpg')]);
    expect(await events).toContain('cat-face.jpg');
  });
});

/** An upload of one file up to its bytes, and what comes after them. */
function multipart(url: string, byteSize: number): { head: string; tail: string } {
  const part = (name: string, value: string) =>
    `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
  const query = 'mutation ($file: Upload!) { uploadAsset(file: $file) { __typename } }';
  const before = [
    part('operations', JSON.stringify({ query, variables: { file: null } })),
    part('map', '{"0":["variables.file"]}'),
    '--b\r\nContent-Disposition: form-data; name="0"; filename="a.jpg"\r\nContent-Type: image/jpeg\r\n\r\n',
  ].join('');
  const tail = '\r\n--b--\r\n';
  const headers = [
    'POST /graphql HTTP/1.1',
    `Host: ${new URL(url).host}`,
    'Apollo-Require-Preflight: true',
    'Content-Type: multipart/form-data; boundary=b',
    `Content-Length: ${before.length + byteSize + tail.length}`,
  ];
  return { head: `${headers.join('\r\n')}\r\n\r\n${before}`, tail };
}

describe('a server that is told to stop does not wait for a client', () => {
  it('that does not answer the end of its WebSocket', async () => {
    const { server, url } = await serve();
    const socket = await rawConnection(url);
    const request = [
      'GET /graphql HTTP/1.1',
      `Host: ${new URL(url).host}`,
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Protocol: graphql-transport-ws',
      `Sec-WebSocket-Key: ${Buffer.alloc(16).toString('base64')}`,
    ];
    socket.write(`${request.join('\r\n')}\r\n\r\n`);
    expect(String((await once(socket, 'data'))[0])).toMatch(/^HTTP\/1.1 101 /);
    expect(await server.kill('SIGTERM')).toMatchObject(CLEAN);
  });

  it('that has sent a part of an upload and no more, of which nothing is left', async () => {
    const { environment, server, url } = await serve({ STOP_TIMEOUT: '10' });
    await sendPart(server, url, environment);
    expect(await server.kill('SIGTERM')).toMatchObject(CLEAN);
    expect(await readStoredLibrary(environment)).toMatchObject({
      assets: [],
      openUploads: 0,
      blobs: [],
      incomingFiles: [],
    });
  });
});

it('a server that is told to stop finishes an upload whose bytes keep coming', async () => {
  const { environment, server, url } = await serve({ STOP_TIMEOUT: '10' });
  const bytes = await readFile(join(SAMPLES, 'cat-face.jpg'));
  const { socket, rest, tail } = await sendPart(server, url, environment, bytes);
  const ending = server.kill('SIGTERM');
  const answer = once(socket, 'data');
  // Longer than it waits for one that stalls.
  const pieces = 6;
  const size = Math.ceil(rest.length / pieces);
  for (let piece = 0; piece < pieces; piece++) {
    await sleep(500);
    socket.write(rest.subarray(piece * size, (piece + 1) * size));
  }
  socket.write(tail);
  expect(String((await answer)[0])).toContain('UploadedAsset');
  expect(await ending).toMatchObject(CLEAN);
});

it('a server that is told to stop says so before it refuses anybody, for as long as it is asked to', async () => {
  const { server, url } = await serve({ STOP_DELAY: '6' });
  const ready = async () => (await fetch(`${url}/ready`)).json() as Promise<{ status: string }>;
  expect((await ready()).status).toBe('ready');
  const ending = server.kill('SIGTERM');
  await server.until(async () => (await ready()).status === 'stopping', 'the word of it');
  expect((await fetch(`${url}/ready`)).status).toBe(503);
  const answer = await fetch(`${url}/graphql?query={__typename}`, { headers: { 'apollo-require-preflight': 'true' } });
  expect([answer.status, answer.headers.get('connection')]).toEqual([200, 'close']);
  expect(await ending).toMatchObject(CLEAN);
});

it('a second signal ends a server at once', async () => {
  const { environment, server, url } = await serve({ STOP_TIMEOUT: '600' });
  await sendPart(server, url, environment);
  const ending = server.kill('SIGTERM');
  await sleep(1_000);
  const askedAt = Date.now();
  void server.kill('SIGTERM');
  expect(await ending).toMatchObject({ code: 1 });
  expect(Date.now() - askedAt).toBeLessThan(2_000);
});

/** Sends one part of an upload, and resolves when its first bytes are stored. */
async function sendPart(
  server: AfterimageProcess,
  url: string,
  { DATA_DIR }: { DATA_DIR: string },
  bytes: Buffer = Buffer.alloc(1_000_000),
) {
  const socket = await rawConnection(url);
  const { head, tail } = multipart(url, bytes.length);
  const half = Math.floor(bytes.length / 2);
  socket.write(head);
  socket.write(bytes.subarray(0, half));
  await server.until(async () => (await readdir(join(DATA_DIR, 'files', 'incoming'))).length > 0, 'the file');
  return { socket, rest: bytes.subarray(half), tail };
}

it('a start that is told to stop ends with code 0', async () => {
  const environment = { DATA_DIR: await emptyDataDir(), PORT: '0' };
  const server = new AfterimageProcess(['serve'], environment);
  await server.until(async () => (await readdir(environment.DATA_DIR)).includes('vectors'), 'the vector store');
  expect(await server.kill('SIGTERM')).toMatchObject({ ...CLEAN, stdout: '' });
});

describeOnEveryDatabase('what was uploaded before a stop', (location) => {
  it('is processed before it or after the next start', async () => {
    const DATA_DIR = await emptyDataDir();
    const environment = { DATA_DIR, PORT: '0', ...('url' in location && { DATABASE_URL: location.url }) };
    const first = new AfterimageProcess(['serve'], environment);
    const answer = await uploadFiles(
      await first.url(),
      NAMES.map((name) => join(SAMPLES, name)),
    );
    expect(answer.data).toEqual({ uploadAssets: NAMES.map(() => ({ __typename: 'UploadedAsset' })) });
    expect(await first.kill('SIGTERM')).toMatchObject(CLEAN);
    const between = await readStoredLibrary(environment);
    // What it had begun it has finished.
    const pending = between.assets.filter(({ state }) => state === 'PENDING');
    expect(pending.length).toBeGreaterThan(0);
    expect(between.unfinishedJobs).toBe(pending.length);
    expect(between.vectorIds).toHaveLength(NAMES.length - pending.length);

    const second = new AfterimageProcess(['serve'], environment);
    const url = await second.url();
    const count = '{ assets(filter: { states: [READY] }) { totalCount } }';
    await second.until(
      async () => {
        const { data } = await askGraphQL(url, count);
        return isDeepStrictEqual(data, { assets: { totalCount: NAMES.length } });
      },
      'the last picture',
      { interval: 100 },
    );
    expect(await second.kill('SIGTERM')).toMatchObject(CLEAN);
    const after = await readStoredLibrary(environment);
    expect(after.vectorIds).toHaveLength(NAMES.length);
    expect(after.blobs).toEqual(after.expectedBlobs);
  });
});
