import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { createApp } from '#dist/app.js';
import { parseConfig } from '#dist/config.js';
import { Readiness } from '#dist/readiness.js';
import { describeOnAServer, describeOnEveryDatabase } from '../support/databases.js';
import { runSql } from '../support/postgres-server.js';
import { startServer, type TestServer } from '../support/server.js';

// An answer holds for two seconds.
const WITHIN = { timeout: 10_000 };

describeOnEveryDatabase('health and readiness', (database) => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer({ database, keys: { admin: { role: 'ADMIN' } } });
  });
  afterAll(() => server.close());

  const get = async (path: string) => {
    const response = await fetch(server.url + path);
    return [response.status, await response.json()] as const;
  };

  test('are told without a key, part by part', async () => {
    expect(await get('/health')).toEqual([200, { status: 'ok' }]);
    const parts = { database: 'ok', vectors: 'ok', files: 'ok', model: 'ok' };
    expect(await get('/ready')).toEqual([200, { status: 'ready', parts }]);
  });

  test('a path of nothing is 404, and says no more than its code', async () => {
    const extensions = { code: 'FILE_NOT_FOUND', isRetryable: false };
    expect(await get('/nothing')).toEqual([404, { errors: [{ message: 'nothing is at /nothing', extensions }] }]);
  });

  test.skipIf('embeddedDir' in database)('without its database the server is alive, and not ready', async () => {
    const { href, pathname } = new URL((database as { url: string }).url);
    const maintenance = href.replace(pathname, '/postgres');
    const name = pathname.slice(1);
    const setConnections = (allowed: boolean) =>
      runSql(maintenance, `ALTER DATABASE ${name} ALLOW_CONNECTIONS ${allowed}`);
    const before = server.logged.length;
    const said = (msg: string) =>
      server.logged.slice(before).filter((line) => line.includes('"part":"database"') && line.includes(msg));
    await setConnections(false);
    await runSql(maintenance, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}'`);
    await vi.waitFor(
      async () => expect(await get('/ready')).toMatchObject([503, { parts: { database: 'unavailable' } }]),
      WITHIN,
    );
    expect(await get('/health')).toEqual([200, { status: 'ok' }]);
    const { errors } = await server.gql('{ assets { totalCount } }', {}, 'admin');
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'DATABASE_FAILED', isRetryable: true });
    expect(errors?.[0]?.message).not.toMatch(/connect|postgres|prisma/i);
    await expect.poll(() => said('does not answer'), { timeout: 20_000 }).toHaveLength(1);
    await setConnections(true);
    await expect.poll(() => said('answers again'), { timeout: 20_000 }).toHaveLength(1);
    expect(said('does not answer')).toHaveLength(1);
    const failures = server.logged.slice(before).filter((line) => line.includes('DATABASE_FAILED'));
    expect(failures).toHaveLength(1);
    expect(server.logged.slice(before).join()).not.toMatch(/prisma|\\n/);
    await vi.waitFor(async () => expect((await get('/ready'))[0]).toBe(200), WITHIN);
    expect((await server.data('{ assets { totalCount } }', {}, 'admin')).assets.totalCount).toBe(0);
  });
});

describeOnAServer('a process whose stores may go away', ({ url }) => {
  test('watches them from when it listens, and not for a command', async () => {
    const watch = vi.spyOn(Readiness.prototype, 'watch');
    const folder = await mkdtemp(join(tmpdir(), 'afterimage-watch-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const config = parseConfig({ PORT: '0', DATA_DIR: folder, WORKERS: '1', DATABASE_URL: url });
    const app = await createApp(config, pino({ level: 'silent' }));
    try {
      expect(watch).not.toHaveBeenCalled();
      await app.listen();
      expect(watch).toHaveBeenCalledOnce();
    } finally {
      await app.close();
    }
  });
});
