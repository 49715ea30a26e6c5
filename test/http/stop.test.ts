import { once } from 'node:events';
import { Agent, get, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import type { FastifyInstance } from 'fastify';
import { buildSchema } from 'graphql';
import { pino } from 'pino';
import { expect, onTestFinished, test } from 'vitest';
import { parseConfig } from '#dist/config.js';
import { createBareServer } from '#dist/http/bare-server.js';
import type { HttpDependencies } from '#dist/http/dependencies.js';
import { registerEventStreams } from '#dist/http/event-streams.js';

const config = parseConfig({});
const log = pino({ level: 'silent' });

/** A server that is held while it ends, as while WebSockets are closed, and an agent that keeps its connection. */
async function startHeldServer(register: (server: FastifyInstance) => void) {
  const server = createBareServer(config, log);
  onTestFinished(() => server.close());
  register(server);
  let end = () => undefined as void;
  const held = new Promise<void>((resolve) => (end = resolve));
  server.addHook('preClose', () => held);
  const address = await server.listen({ host: '127.0.0.1', port: 0 });
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const ask = async (path = '/', headers = {}) => {
    const [answer] = (await once(get(`${address}${path}`, { agent, headers }), 'response')) as [IncomingMessage];
    return [answer.statusCode, await text(answer), answer.headers.connection];
  };
  return { server, ask, end };
}

test('what comes over a connection that was kept is answered while the server ends, and the connection closed', async () => {
  const { server, ask, end } = await startHeldServer((server) => server.get('/', () => 'here'));
  expect(await ask()).toEqual([200, 'here', 'keep-alive']);
  const closing = server.close();
  expect(await ask()).toEqual([200, 'here', 'close']);
  end();
  await closing;
});

test('a stream that is asked for over such a connection is refused for its client to try again', async () => {
  const { server, ask, end } = await startHeldServer((server) => {
    server.get('/', () => 'here');
    const schema = buildSchema('type Query { a: Int } type Subscription { a: Int }');
    const signIn = { viewerOf: () => Promise.resolve({}) };
    registerEventStreams(server, { config, log, schema, signIn } as unknown as HttpDependencies);
  });
  expect(await ask()).toEqual([200, 'here', 'keep-alive']);
  const closing = server.close();
  const [status, body, connection] = await ask('/graphql/stream?query=subscription{a}', {
    accept: 'text/event-stream',
  });
  expect([status, JSON.parse(String(body)), connection]).toMatchObject([
    503,
    { errors: [{ extensions: { code: 'SHUTTING_DOWN', isRetryable: true } }] },
    'close',
  ]);
  end();
  await closing;
});
