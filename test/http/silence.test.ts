import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { expect, onTestFinished, test } from 'vitest';
import { parseConfig } from '#dist/config.js';
import { createBareServer } from '#dist/http/bare-server.js';

const SILENCE_MS = 400;
const HEAD =
  'POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: text/plain\r\nContent-Length: 10\r\n\r\n';

/** Sends the parts with a pause after each. @returns what was answered by the time the connection was closed */
async function send(parts: readonly string[], { pauseMs = 0, answerMs = 0 } = {}): Promise<string> {
  const server = createBareServer(parseConfig({}), pino({ level: 'silent' }), { silenceMs: SILENCE_MS });
  onTestFinished(() => server.close());
  server.post('/', async ({ body }) => {
    await sleep(answerMs);
    return body;
  });
  const { port } = new URL(await server.listen({ host: '127.0.0.1', port: 0 }));
  const socket = connect(Number(port), '127.0.0.1');
  await once(socket, 'connect');
  const answer = text(socket);
  for (const part of parts) {
    socket.write(part);
    await sleep(pauseMs);
  }
  return answer;
}

test('a client that falls silent in the middle of a body is cut off', async () => {
  expect(await send([HEAD, '01234'])).toBe('');
});

test('one that sends slowly is waited for, however long it takes', async () => {
  expect(await send([HEAD, ...Array.from('0123456789')], { pauseMs: SILENCE_MS / 4 })).toMatch(
    /^HTTP\/1.1 200 [^]*0123456789$/,
  );
});

test('one that has sent everything may wait for its answer, however long that takes', async () => {
  expect(await send([HEAD, '0123456789'], { answerMs: 3 * SILENCE_MS })).toMatch(/^HTTP\/1.1 200 [^]*0123456789$/);
});
