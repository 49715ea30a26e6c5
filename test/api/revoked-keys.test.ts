import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { ApiKeys } from '#dist/access/api-keys.js';
import { openDatabase } from '#dist/database/database.js';
import { describeOnAServer } from '../support/databases.js';
import { startServer, type TestServer } from '../support/server.js';

const WATCH = 'subscription { assetProcessed { id } }';

describeOnAServer('a key that is revoked while its client is connected', (database) => {
  let server: TestServer;
  beforeAll(async () => {
    const role = 'EDITOR';
    server = await startServer({ database, keys: { asking: { role }, listening: { role }, other: { role } } });
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
});
