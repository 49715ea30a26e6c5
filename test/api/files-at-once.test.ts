import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { numberedPng } from '../support/pictures.js';
import { multipartForm, startServer, type TestServer, type Upload } from '../support/server.js';

const SIMILAR = 'query ($image: Upload) { similarImages(image: $image) { edges { score } } }';
const AT_ONCE = 32;

describe('pictures of questions that are sent for as long as their clients like', () => {
  let server: TestServer;
  let image: Upload;
  beforeAll(async () => {
    server = await startServer({
      keys: { viewer: { role: 'VIEWER' }, other: { role: 'VIEWER' }, editor: { role: 'EDITOR' } },
    });
    image = await numberedPng(1);
  });
  afterAll(() => server.close());

  async function ask(who: string): Promise<{ status: number; code: string | undefined }> {
    const response = await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { 'apollo-require-preflight': 'true', ...server.headers(who) },
      body: multipartForm(SIMILAR, { image: null }, { image }),
    });
    const { errors } = (await response.json()) as { errors?: { extensions: { code: string } }[] };
    return { status: response.status, code: errors?.[0]?.extensions.code };
  }

  /** The beginning of a request with a file. */
  function begin(): Socket {
    const { hostname, port, host } = new URL(server.url);
    const socket = connect(Number(port), hostname).on('error', () => undefined);
    const headers = {
      host,
      'apollo-require-preflight': 'true',
      'content-length': '1000000',
      ...server.headers('viewer'),
    };
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    socket.write(
      `POST /graphql HTTP/1.1\r\n${lines.join('')}content-type: multipart/form-data; boundary=b\r\n\r\n--b\r\n`,
    );
    onTestFinished(() => void socket.destroy());
    return socket;
  }

  test('are as many of one key as are allowed, and keep nobody else from asking', async () => {
    const sockets = Array.from({ length: AT_ONCE }, begin);
    await vi.waitFor(async () => expect(await ask('viewer')).toEqual({ status: 503, code: 'SERVER_BUSY' }));
    for (const who of ['other', 'editor']) expect(await ask(who)).toEqual({ status: 200, code: undefined });

    sockets[0]!.destroy();
    await vi.waitFor(async () => expect(await ask('viewer')).toEqual({ status: 200, code: undefined }));
  });

  test('are under way no more where their clients have gone before they were let in', async () => {
    const sockets = Array.from({ length: 400 }, begin);
    await Promise.all(sockets.map((socket) => once(socket, 'connect')));
    // Most of them have been read by then, and few been let in.
    await setTimeout(50);
    for (const socket of sockets) socket.resetAndDestroy();
    // All their keys have been looked up by then.
    await setTimeout(1_000);
    await vi.waitFor(async () => expect(await ask('viewer')).toEqual({ status: 200, code: undefined }), 30_000);
  });
});
