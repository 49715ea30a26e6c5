import fastify from 'fastify';
import { pino } from 'pino';
import { expect, onTestFinished, test, vi } from 'vitest';
import { registerHealth } from '#dist/http/health.js';
import { Readiness } from '#dist/readiness.js';

test('who asks whether a server is ready makes it look once in two seconds, however often it is asked', async () => {
  const probe = vi.fn(() => Promise.resolve());
  const server = fastify();
  onTestFinished(() => server.close());
  registerHealth(server, new Readiness({ files: probe }, pino({ level: 'silent' })));
  const ask = async () => (await server.inject('/ready')).json<object>();
  const answers = await Promise.all(Array.from({ length: 20 }, ask));
  expect(answers).toEqual(answers.map(() => ({ status: 'ready', parts: { files: 'ok' } })));
  expect(probe).toHaveBeenCalledTimes(1);

  probe.mockRejectedValue(new Error('gone'));
  expect(await ask()).toMatchObject({ status: 'ready' });
  await expect.poll(ask, { timeout: 10_000 }).toEqual({ status: 'unavailable', parts: { files: 'unavailable' } });
  expect(probe).toHaveBeenCalledTimes(2);
});
