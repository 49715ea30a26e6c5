import { request, type IncomingMessage } from 'node:http';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { JobKind } from '#dist/database/generated/enums.js';
import { describeOnAServer, describeOnEveryDatabase, emptyEmbeddedDatabase } from '../support/databases.js';
import { numberedPng, sample } from '../support/pictures.js';
import { runSql } from '../support/postgres-server.js';
import { scrape } from '../support/prometheus.js';
import { startServer, type TestServer } from '../support/server.js';

// A count holds for five seconds.
const WITHIN = { timeout: 60_000, interval: 500 };

describeOnEveryDatabase('metrics', (database) => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer({ database });
  });
  afterAll(() => server.close());

  test('say which parts answer, that nothing waits, and how the process is', async () => {
    const before = await scrape(server.url);
    expect(before.by('part', 'afterimage_part_up')).toEqual({ database: 1, vectors: 1, files: 1, model: 1 });
    expect(before.by('state', 'afterimage_assets')).toEqual({ PENDING: 0, READY: 0, FAILED: 0 });
    const waits = before.by('kind', 'afterimage_job_wait_seconds');
    expect(waits).toEqual(Object.fromEntries(Object.keys(JobKind).map((kind) => [kind, 0])));
    expect(before.value('process_resident_memory_bytes')).toBeGreaterThan(10_000_000);
    expect(before.names).toContain('nodejs_eventloop_lag_p99_seconds');
    expect(before.names).toContain('process_cpu_seconds_total');
    const own = [...before.types].filter(([name]) => name.startsWith('afterimage_'));
    expect(own.length).toBeGreaterThan(8);
    for (const [name, type] of own) expect(name.endsWith('_total'), name).toBe(type === 'counter');
  });

  test('count what was uploaded, refused, processed, encoded, searched and answered', async () => {
    const picture = sample('cat-face');
    await server.add([picture]);
    await server.upload([picture, { name: 'a.txt', bytes: Buffer.from('words') }]);
    await server.data('{ searchByText(query: "a cat") { edges { node { id } } } }');
    await server.data('{ searchByText(query: "a cat", mode: KEYWORD) { edges { node { id } } } }');
    const { id } = (await server.data('{ assets { edges { node { id } } } }')).assets.edges[0].node;
    await server.data('query ($id: ID) { similarImages(assetId: $id) { edges { node { id } } } }', { id });
    expect(await server.code('query MyOwnName { asset(id: "nothing", nothing: 1) { id } }')).toBe('GRAPHQL_INVALID');
    expect(await server.code('{ assets(first: 0) { totalCount } }')).toBe('INVALID_ARGUMENT');

    const after = await scrape(server.url);
    expect(after.by('outcome', 'afterimage_uploads_total')).toEqual({
      uploaded: 1,
      duplicate: 1,
      UPLOAD_UNSUPPORTED_TYPE: 1,
      INTERNAL: 0,
    });
    expect(after.by('mode', 'afterimage_search_duration_seconds_count')).toEqual({ HYBRID: 1, KEYWORD: 1, SIMILAR: 1 });
    expect(after.value('afterimage_job_runs_total', { kind: 'PROCESS_ASSET', outcome: 'ok' })).toBe(1);
    expect(after.value('afterimage_job_duration_seconds_count', { kind: 'PROCESS_ASSET' })).toBe(1);
    expect(after.value('afterimage_encoded_total', { part: 'image' })).toBe(1);
    expect(after.value('afterimage_encoded_total', { part: 'text' })).toBeGreaterThan(0);
    expect(after.value('afterimage_encoding_seconds_total', { part: 'image' })).toBeGreaterThan(0);
    const operations = (type: string, outcome: string) =>
      after.value('afterimage_graphql_operations_total', { type, outcome });
    expect(operations('mutation', 'ok')).toBe(2);
    expect(operations('query', 'ok')).toBeGreaterThanOrEqual(4);
    expect(operations('query', 'INVALID_ARGUMENT')).toBe(1);
    expect(operations('unknown', 'GRAPHQL_INVALID')).toBe(1);
    expect(after.value('afterimage_graphql_operation_duration_seconds_count', { type: 'mutation' })).toBe(2);

    await expect
      .poll(async () => (await scrape(server.url)).by('state', 'afterimage_assets'), WITHIN)
      .toEqual({ PENDING: 0, READY: 1, FAILED: 0 });
  });

  test('are of one server each, also where a process has two', async () => {
    const other = await startServer();
    onTestFinished(() => other.close());
    await other.upload([await numberedPng(1)]);
    expect((await scrape(other.url)).by('outcome', 'afterimage_uploads_total')).toMatchObject({
      uploaded: 1,
      duplicate: 0,
    });
    expect((await scrape(server.url)).by('outcome', 'afterimage_uploads_total')).toMatchObject({ duplicate: 1 });
  });

  test('have no other method than GET', async () => {
    const response = await fetch(`${server.url}/metrics`, { method: 'POST' });
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  });

  test('are not told to a page of another site, nor to what a proxy sends on', async () => {
    expect(await statusFor(server.url, { host: 'attacker.example' })).toBe(401);
    expect(await statusFor(server.url, { origin: 'https://attacker.example' })).toBe(401);
    expect(await statusFor(server.url, { 'x-forwarded-for': '203.0.113.7' })).toBe(401);
  });
});

test('jobs are counted of all libraries together, and those that could run are told to wait', async () => {
  const server = await startServer({
    keys: { here: { role: 'ADMIN' }, there: { role: 'ADMIN', library: 'other' } },
    // All of a library are of one asset: a job that runs somewhere else keeps those that wait from being run here.
    prepare: (prisma) => prisma.$executeRaw`
      INSERT INTO "job" ("id", "library_id", "kind", "asset_id", "state", "run_at", "worker_id", "lease_until")
      SELECT gen_random_uuid(), "library"."id", "kind", "library"."id", "state", now() + "in", gen_random_uuid(),
        now() + interval '1 day'
      FROM "library", (VALUES
        ('SYNC_VECTOR'::"job_kind", 'QUEUED'::"job_state", interval '-1 hour'),
        ('PURGE_ASSET', 'QUEUED', interval '1 day'),
        ('PURGE_ASSET', 'FAILED', interval '-1 day'),
        ('PROCESS_ASSET', 'RUNNING', interval '-1 day'),
        ('PROCESS_ASSET', 'SUCCEEDED', interval '-1 day')) AS "job" ("kind", "state", "in")`,
  });
  onTestFinished(() => server.close());
  const answer = await scrape(server.url, server.headers('here'));
  const jobs = (kind: string, state: string) => answer.value('afterimage_jobs', { kind, state });
  expect([jobs('SYNC_VECTOR', 'QUEUED'), jobs('PURGE_ASSET', 'QUEUED')]).toEqual([2, 2]);
  expect([jobs('PURGE_ASSET', 'FAILED'), jobs('PROCESS_ASSET', 'FAILED')]).toEqual([2, 0]);
  expect([jobs('PROCESS_ASSET', 'RUNNING'), jobs('PROCESS_ASSET', 'SUCCEEDED')]).toEqual([2, undefined]);
  const waits = answer.by('kind', 'afterimage_job_wait_seconds');
  expect(waits).toMatchObject({ PURGE_ASSET: 0, PROCESS_ASSET: 0 });
  expect(waits['SYNC_VECTOR']).toBeGreaterThan(3_599);
});

describe('with keys, metrics', () => {
  const database = emptyEmbeddedDatabase();
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer({
      database,
      keys: {
        VIEWER: { role: 'VIEWER' },
        EDITOR: { role: 'EDITOR' },
        ADMIN: { role: 'ADMIN' },
        revoked: { role: 'ADMIN', isRevoked: true },
      },
    });
  });
  afterAll(() => server.close());

  test.each([
    ['VIEWER', 403, 'FORBIDDEN'],
    ['EDITOR', 403, 'FORBIDDEN'],
    ['revoked', 401, 'UNAUTHENTICATED'],
    ['afterimage_wrong', 401, 'UNAUTHENTICATED'],
    [undefined, 401, 'UNAUTHENTICATED'],
  ])('are not told to %s', async (key, status, code) => {
    const response = await fetch(`${server.url}/metrics`, { headers: server.headers(key) });
    expect([response.status, await response.json()]).toMatchObject([status, { errors: [{ extensions: { code } }] }]);
  });

  test('are told to an ADMIN', async () => {
    expect((await scrape(server.url, server.headers('ADMIN'))).value('afterimage_part_up')).toBe(1);
  });
});

describeOnAServer('without its database a server', (database) => {
  test('tells the rest to who was let in before, and to nobody else', async () => {
    const server = await startServer({ database, keys: { ADMIN: { role: 'ADMIN' }, other: { role: 'ADMIN' } } });
    onTestFinished(() => server.close());
    const ask = () => scrape(server.url, server.headers('ADMIN'));
    expect((await ask()).names).toContain('afterimage_jobs');

    const { href, pathname } = new URL(database.url);
    const maintenance = href.replace(pathname, '/postgres');
    const name = pathname.slice(1);
    await runSql(maintenance, `ALTER DATABASE ${name} ALLOW_CONNECTIONS false`);
    await runSql(maintenance, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}'`);
    await expect
      .poll(async () => (await ask()).by('part', 'afterimage_part_up'), WITHIN)
      .toMatchObject({ database: 0 });
    await expect.poll(async () => (await ask()).names, WITHIN).not.toContain('afterimage_jobs');
    const away = await ask();
    expect(away.names).not.toContain('afterimage_assets');
    expect(away.value('afterimage_part_up', { part: 'files' })).toBe(1);
    expect(away.names).toContain('process_cpu_seconds_total');
    for (const key of ['other', undefined]) {
      const response = await fetch(`${server.url}/metrics`, { headers: server.headers(key) });
      expect(response.status).toBe(503);
    }

    await runSql(maintenance, `ALTER DATABASE ${name} ALLOW_CONNECTIONS true`);
    await expect.poll(async () => (await ask()).names, WITHIN).toContain('afterimage_jobs');
  });
});

describeOnAServer('where its database takes too long a server', (database) => {
  test('tells what it knows without it', async () => {
    const server = await startServer({ database, keys: { ADMIN: { role: 'ADMIN' } } });
    onTestFinished(() => server.close());
    const ask = async () => (await scrape(server.url, server.headers('ADMIN'))).names;
    expect(await ask()).toContain('afterimage_assets');
    const other = new pg.Client({ connectionString: database.url });
    await other.connect();
    onTestFinished(() => other.end());
    await other.query('BEGIN; LOCK TABLE "api_key", "asset"');
    await expect.poll(ask, WITHIN).not.toContain('afterimage_assets');
    expect(await ask()).toContain('afterimage_part_up');
    await other.query('ROLLBACK');
    await expect.poll(ask, WITHIN).toContain('afterimage_assets');
  });
});

async function statusFor(url: string, headers: Record<string, string>): Promise<number> {
  const client = request(`${url}/metrics`, { headers });
  client.end();
  const [response] = (await once(client, 'response')) as [IncomingMessage];
  await text(response);
  return response.statusCode!;
}
