import fastify from 'fastify';
import { pino } from 'pino';
import { expect, onTestFinished, test, vi } from 'vitest';
import { registerHealth } from '#dist/http/health.js';
import { Readiness } from '#dist/readiness.js';

test('who asks whether a server is ready makes it look once in two seconds, however often it is asked', async () => {
  const probe = vi.fn(() => Promise.resolve());
  const server = fastify();
  onTestFinished(() => server.close());
  registerHealth(server, new Readiness({ files: probe }, {}, pino({ level: 'silent' })));
  const ask = async () => (await server.inject('/ready')).json<object>();
  const answers = await Promise.all(Array.from({ length: 20 }, ask));
  expect(answers).toEqual(answers.map(() => ({ status: 'ready', parts: { files: 'ok' } })));
  expect(probe).toHaveBeenCalledTimes(1);

  probe.mockRejectedValue(new Error('gone'));
  expect(await ask()).toMatchObject({ status: 'ready' });
  await expect.poll(ask, { timeout: 10_000 }).toEqual({ status: 'unavailable', parts: { files: 'unavailable' } });
  expect(probe).toHaveBeenCalledTimes(2);
});

test('what a process watches is told when it goes away and is back, and what needs it only when asked for', async () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const lines: string[] = [];
  const log = pino({ level: 'warn' }, { write: (line: string) => void lines.push(line) });
  const told = () => lines.splice(0).map((line) => JSON.parse(line) as object);
  const database = vi.fn(() => new Promise(() => undefined));
  // As it hangs with the database that says which is the active one.
  const model = vi.fn(() => database());
  const readiness = new Readiness({ database }, { model }, log);
  readiness.watch();
  await vi.advanceTimersByTimeAsync(20_000);
  expect(model).not.toHaveBeenCalled();
  const ask = async () => {
    const answer = readiness.ask();
    await vi.advanceTimersByTimeAsync(10_000);
    return (await answer).parts;
  };
  for (let times = 0; times < 3; times++)
    expect(await ask()).toEqual({ database: 'unavailable', model: 'unavailable' });
  expect(told()).toMatchObject([{ part: 'database', msg: 'a part does not answer' }]);
  database.mockResolvedValue(undefined);
  await vi.advanceTimersByTimeAsync(20_000);
  expect(told()).toMatchObject([{ part: 'database', msg: 'a part answers again' }]);

  model.mockRejectedValue(new Error('damaged'));
  for (let times = 0; times < 3; times++) expect(await ask()).toEqual({ database: 'ok', model: 'unavailable' });
  expect(told()).toMatchObject([{ part: 'model', cause: 'damaged' }]);
  readiness.stop();
});
