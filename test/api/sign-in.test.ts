import { request, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { emptyEmbeddedDatabase } from '../support/databases.js';
import { multipartForm, startServer, type TestServer } from '../support/server.js';
import { numberedPng } from '../support/pictures.js';

describe('with keys', () => {
  const database = emptyEmbeddedDatabase();
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer({
      database,
      keys: { viewer: { role: 'VIEWER' }, revoked: { role: 'ADMIN', isRevoked: true } },
    });
  });
  afterAll(() => server.close());

  test('a key in use signs in', async () => {
    expect((await server.data('{ assets { totalCount } }', {}, 'viewer')).assets.totalCount).toBe(0);
  });

  test.each([
    ['no key', undefined],
    ['a revoked key', 'revoked'],
    ['a wrong key', 'afterimage_wrong'],
  ])('%s is refused with 401', async (_, key) => {
    const { status, errors } = await server.gql('{ assets { totalCount } }', {}, key);
    expect([status, errors?.[0]?.extensions]).toEqual([401, { code: 'UNAUTHENTICATED', isRetryable: false }]);
  });

  test('another scheme than Bearer is refused', async () => {
    const headers = { 'content-type': 'application/json', authorization: 'Basic YWRtaW46YWRtaW4=' };
    const response = await fetch(`${server.url}/graphql`, { method: 'POST', headers, body: '{}' });
    expect(response.status).toBe(401);
  });

  test('an upload without a key is answered, not left hanging, and nothing of it is stored', async () => {
    const { bytes } = await numberedPng(1);
    const file = { name: 'big.png', bytes: Buffer.concat([bytes, Buffer.alloc(5_000_000)]) };
    const body = multipartForm('mutation ($file: Upload!) { uploadAsset(file: $file) { __typename } }', {}, { file });
    const headers = { 'apollo-require-preflight': 'true' };
    const response = await fetch(`${server.url}/graphql`, { method: 'POST', headers, body });
    expect([response.status, await response.json()]).toMatchObject([
      401,
      { errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] },
    ]);
    expect(await server.storedFiles()).toEqual([]);
  });

  test('an upload without a key that stalls is answered all the same, and its connection ends', async () => {
    const client = request(`${server.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'multipart/form-data; boundary=b', 'content-length': 1_000_000 },
    });
    client.on('error', () => undefined);
    client.write('--b\r\ncontent-disposition: form-data; name="operations"\r\n\r\n{');
    const [response] = (await once(client, 'response')) as [IncomingMessage];
    const closed = once(client, 'close');
    expect(JSON.parse(await text(response))).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
    expect([response.statusCode, response.headers.connection]).toEqual([401, 'close']);
    await closed;
  });

  test('the stream of events is refused without a key', async () => {
    const query = encodeURIComponent('subscription { assetProcessed { id } }');
    const response = await fetch(`${server.url}/graphql/stream?query=${query}`, {
      headers: { accept: 'text/event-stream' },
    });
    expect(response.status).toBe(401);
  });
});

const PROXIED: readonly Record<string, string>[] = [
  { forwarded: 'for=203.0.113.7' },
  { 'x-forwarded-for': '203.0.113.7' },
  { 'x-forwarded-host': 'pictures.example' },
  { 'x-real-ip': '203.0.113.7' },
  { via: '1.1 proxy' },
];

describe('without keys', () => {
  const database = emptyEmbeddedDatabase();
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer({ database });
  });
  afterAll(() => server.close());

  async function ask(headers: Record<string, string>): Promise<number> {
    const client = request(`${server.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
    });
    client.end(JSON.stringify({ query: '{ assets { totalCount } }' }));
    const [response] = (await once(client, 'response')) as [IncomingMessage];
    await text(response);
    return response.statusCode!;
  }

  test.each([
    {},
    { host: 'localhost:4000' },
    { host: '127.0.0.1' },
    { host: '[::1]:4000' },
    { origin: 'http://localhost:4000' },
    { origin: 'http://127.0.0.1:8080' },
  ])('everybody on this machine is let in: %j', async (headers) => {
    expect(await ask(headers as Record<string, string>)).toBe(200);
  });

  test.each([
    { host: 'attacker.example' },
    { host: '127.0.0.1.attacker.example:4000' },
    { host: 'localhost.attacker.example' },
    { origin: 'https://attacker.example' },
    { origin: 'null' },
    { origin: 'http://localhost.attacker.example' },
    { authorization: 'Bearer afterimage_wrong' },
  ])('a page of another site is not: %j', async (headers) => {
    expect(await ask(headers as unknown as Record<string, string>)).toBe(401);
  });

  test.each(PROXIED)('nor is whoever a proxy of this machine sends on: %j', async (headers) => {
    expect(await ask(headers)).toBe(401);
    const query = encodeURIComponent('subscription { assetProcessed { id } }');
    const stream = await fetch(`${server.url}/graphql/stream?query=${query}`, {
      headers: { accept: 'text/event-stream', ...headers },
    });
    expect([stream.status, await stream.text()]).toEqual([401, expect.stringContaining('afterimage keys create')]);
  });

  test('nor by one that says nothing of itself but speaks HTTP/1.0', async () => {
    const { hostname, port, host } = new URL(server.url);
    const socket = connect(Number(port), hostname);
    const query = encodeURIComponent('{ assets { totalCount } }');
    socket.write(`GET /graphql?query=${query} HTTP/1.0\r\nhost: ${host}\r\napollo-require-preflight: true\r\n\r\n`);
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 401 [^]*afterimage keys create/);
  });

  test.each<[Record<string, string>, number | undefined]>([
    [{ origin: 'https://attacker.example' }, 4401],
    [{ host: 'attacker.example' }, 4401],
    ...PROXIED.map((headers): [typeof headers, number] => [headers, 4401]),
    [{ origin: 'http://localhost:3000' }, undefined],
  ])('nor can they listen over a WebSocket: %j', async (headers, code) => {
    const socket = new WebSocket(`${server.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', { headers });
    await once(socket, 'open');
    const answer = Promise.race([
      once(socket, 'close').then(([code]) => code as number),
      once(socket, 'message').then(() => undefined),
    ]);
    socket.send(JSON.stringify({ type: 'connection_init' }));
    expect(await answer).toBe(code);
    socket.terminate();
  });
});

test.each<Record<string, string>>([{ HOST: '0.0.0.0' }, { PUBLIC_URL: 'https://pictures.example' }])(
  'a server that other machines can reach does not start without a key: %j',
  async (settings) => {
    await expect(startServer({ settings })).rejects.toMatchObject({
      code: 'KEYS_REQUIRED',
    });
  },
);

test('one whose clients are to use an address of this machine does', async () => {
  const server = await startServer({ settings: { PUBLIC_URL: 'http://localhost:4000' } });
  try {
    expect(server.app.isOpen).toBe(true);
  } finally {
    await server.close();
  }
});

test('the door stays shut when the last key is revoked', async () => {
  // Revoked before the server starts.
  const prepare = () => Promise.resolve();
  const server = await startServer({ keys: { last: { role: 'ADMIN', isRevoked: true } }, prepare });
  try {
    expect((await server.gql('{ assets { totalCount } }')).status).toBe(401);
    expect(server.app.isOpen).toBe(false);
  } finally {
    await server.close();
  }
});
