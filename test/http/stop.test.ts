import { once } from 'node:events';
import { Agent, get, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { pino } from 'pino';
import { expect, onTestFinished, test } from 'vitest';
import { parseConfig } from '#dist/config.js';
import { createBareServer } from '#dist/http/bare-server.js';

test('what comes over a connection that was kept is answered while the server ends, and the connection closed', async () => {
  const server = createBareServer(parseConfig({}), pino({ level: 'silent' }));
  onTestFinished(() => server.close());
  server.get('/', () => 'here');
  let end = () => undefined as void;
  const held = new Promise<void>((resolve) => (end = resolve));
  // As while WebSockets are closed.
  server.addHook('preClose', () => held);
  const address = await server.listen({ host: '127.0.0.1', port: 0 });
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const ask = async () => {
    const [answer] = (await once(get(address, { agent }), 'response')) as [IncomingMessage];
    return [answer.statusCode, await text(answer), answer.headers.connection];
  };
  expect(await ask()).toEqual([200, 'here', 'keep-alive']);
  const closing = server.close();
  expect(await ask()).toEqual([200, 'here', 'close']);
  end();
  await closing;
});
