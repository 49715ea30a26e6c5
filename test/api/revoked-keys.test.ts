import { once } from 'node:events';
import { request, type ClientRequest, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { ApiKeys } from '#dist/access/api-keys.js';
import { openDatabase } from '#dist/database/database.js';
import { describeOnAServer } from '../support/databases.js';
import { numberedPng } from '../support/pictures.js';
import { startServer, type TestServer } from '../support/server.js';

const WATCH = 'subscription { assetProcessed { id } }';

describeOnAServer('a key that is revoked while its client is connected', (database) => {
  let server: TestServer;
  beforeAll(async () => {
    const role = 'EDITOR';
    server = await startServer({
      database,
      keys: { asking: { role }, listening: { role }, sending: { role }, beginning: { role }, other: { role } },
    });
  });
  afterAll(() => server.close());
  afterEach(() => void vi.useRealTimers());

  async function revoke(name: string): Promise<void> {
    const opened = await openDatabase(server.location);
    const keys = new ApiKeys(opened.prisma);
    await keys.revoke((await keys.list()).find((key) => key.name === name)!.id);
    await opened.close();
  }

  async function connect(key: string): Promise<WebSocket> {
    const socket = new WebSocket(`${server.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
    await once(socket, 'open');
    socket.send(JSON.stringify({ type: 'connection_init', payload: server.headers(key) }));
    await once(socket, 'message');
    return socket;
  }

  const ask = (socket: WebSocket, query: string) =>
    socket.send(JSON.stringify({ id: query, type: 'subscribe', payload: { query } }));

  test('changes nothing any more, and its WebSocket is closed as unauthorized', async () => {
    const socket = await connect('asking');
    await revoke('asking');
    const closed = once(socket, 'close');
    ask(socket, 'mutation { createCollection(input: { name: "after" }) { collection { id } } }');
    expect((await closed)[0]).toBe(4401);
    expect((await server.data('{ collections { edges { cursor } } }', {}, 'other')).collections.edges).toEqual([]);
  });

  test('hears of nothing any more within a minute, over a WebSocket and as server-sent events', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const socket = await connect('listening');
    ask(socket, WATCH);
    const response = await fetch(`${server.url}/graphql/stream?query=${encodeURIComponent(WATCH)}`, {
      headers: { accept: 'text/event-stream', 'apollo-require-preflight': 'true', ...server.headers('listening') },
    });
    expect(response.status).toBe(200);
    await revoke('listening');
    const closed = once(socket, 'close');
    const ended = response.text();
    vi.advanceTimersByTime(60_000);
    expect((await closed)[0]).toBe(4401);
    const events = (await ended).split('\n\n').filter((event) => event.startsWith('event:'));
    expect(events).toEqual([
      expect.stringMatching(/^event: next\ndata: \{"errors":\[.*"UNAUTHENTICATED".*\]\}$/),
      'event: complete\ndata:',
    ]);
  });

  const BOUNDARY = 'a-boundary-of-our-own';
  const part = (name: string, rest: string) =>
    `--${BOUNDARY}\r\ncontent-disposition: form-data; name="${name}"${rest}\r\n\r\n`;

  function send(key: string): ClientRequest {
    const headers = {
      'content-type': `multipart/form-data; boundary=${BOUNDARY}`,
      'apollo-require-preflight': 'true',
      ...server.headers(key),
    };
    return request(`${server.url}/graphql`, { method: 'POST', headers });
  }

  async function answerTo(client: ClientRequest) {
    const [response] = (await once(client, 'response')) as [IncomingMessage];
    const { statusCode, headers } = response;
    return { statusCode, connection: headers.connection, ...JSON.parse(await text(response)) };
  }

  test('sends no file to its end any more within a minute, and its request ends', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const query =
      'mutation ($files: [Upload!]!) { uploadAssets(files: $files) { __typename ... on RejectedUpload { code message isRetryable } } }';
    const operations = JSON.stringify({ query, variables: { files: [null, null, null] } });
    const map = JSON.stringify({ 0: ['variables.files.0'], 1: ['variables.files.1'], 2: ['variables.files.2'] });
    const client = send('sending');
    const closed = once(client, 'close');
    const answer = answerTo(client);
    client.write(`${part('operations', '')}${operations}\r\n${part('map', '')}${map}\r\n`);
    for (const [index, { bytes }] of [await numberedPng(1), await numberedPng(2)].entries()) {
      client.write(part(String(index), `; filename="${index}.png"`));
      client.write(index === 0 ? bytes : bytes.subarray(0, 50));
      if (index === 0) client.write('\r\n');
    }
    const names = '{ assets { edges { node { originalName } } } }';
    const taken = [{ node: { originalName: '0.png' } }];
    await vi.waitFor(async () => expect((await server.data(names, {}, 'other')).assets.edges).toEqual(taken));
    await revoke('sending');
    vi.advanceTimersByTime(60_000);
    const refused = {
      __typename: 'RejectedUpload',
      code: 'UNAUTHENTICATED',
      message: expect.stringMatching(/^expected /),
      isRetryable: false,
    };
    expect(await answer).toEqual({
      statusCode: 200,
      connection: 'close',
      data: { uploadAssets: [{ __typename: 'UploadedAsset' }, refused, refused] },
    });
    expect((await server.data(names, {}, 'other')).assets.edges).toEqual(taken);
    await closed;
  });

  test('is told so too when nothing of what it asks has come yet', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const client = send('beginning');
    const answer = answerTo(client);
    client.write(`${part('operations', '')}{`);
    await vi.waitFor(() => expect(vi.getTimerCount()).toBe(1));
    await revoke('beginning');
    vi.advanceTimersByTime(60_000);
    expect(await answer).toMatchObject({
      statusCode: 401,
      connection: 'close',
      errors: [{ extensions: { code: 'UNAUTHENTICATED' } }],
    });
  });
});
