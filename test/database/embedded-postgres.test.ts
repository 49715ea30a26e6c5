import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import type { Pool } from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { EmbeddedPostgres } from '#dist/database/embedded-postgres.js';

const folder = mkdtempSync(join(tmpdir(), 'afterimage-test-'));
const dataDir = join(folder, 'postgres');
let postgres: EmbeddedPostgres;
let pool: Pool;

beforeAll(async () => {
  // What a process leaves that was killed while it made the database.
  mkdirSync(`${dataDir}.unfinished`);
  writeFileSync(join(`${dataDir}.unfinished`, 'PG_VERSION'), '17');
  postgres = await EmbeddedPostgres.start(dataDir);
  pool = postgres.createPool();
  pool.on('error', () => undefined);
  await pool.query('CREATE TABLE note (text text)');
});

afterAll(async () => {
  await pool.end();
  await postgres.close();
  rmSync(folder, { recursive: true, force: true });
});

const notes = async () => (await pool.query<{ text: string }>('SELECT text FROM note')).rows.map(({ text }) => text);

it('is made anew where only a half-made one was left', async () => {
  expect(await notes()).toEqual([]);
});

it('keeps nothing of a transaction whose connection ended in the middle', async () => {
  const client = await pool.connect();
  await client.query('BEGIN');
  await client.query("INSERT INTO note VALUES ('unfinished')");
  client.release(true);
  expect(await notes()).toEqual([]);
});

it('hands a connection nothing that the one before it set, locked or prepared', async () => {
  const client = await pool.connect();
  await client.query("SET statement_timeout = '1234ms'");
  await client.query('SELECT pg_advisory_lock(1)');
  await client.query({ name: 'one', text: 'SELECT 1', values: [] });
  client.release(true);

  expect((await pool.query('SHOW statement_timeout')).rows).toEqual([{ statement_timeout: '0' }]);
  expect((await pool.query("SELECT 1 FROM pg_locks WHERE locktype = 'advisory'")).rows).toEqual([]);
  expect((await pool.query({ name: 'one', text: 'SELECT 1 AS one', values: [] })).rows).toEqual([{ one: 1 }]);
});

it('serves one connection after the other, each whole', async () => {
  const otherPool = postgres.createPool();
  const [a, b] = [await pool.connect(), await otherPool.connect()];
  await a.query('BEGIN');
  await a.query("INSERT INTO note VALUES ('a')");
  const seenByB = b.query('SELECT text FROM note');
  await a.query('ROLLBACK');
  expect((await seenByB).rows).toEqual([]);
  a.release();
  b.release();
  await otherPool.end();
});

it('carries values and answers of many megabytes', async () => {
  const text = 'é'.repeat(4 << 20);
  const { rows } = await pool.query<{ text: string }>('SELECT $1::text || $1 AS text', [text]);
  expect(rows[0]?.text.length).toBe(8 << 20);
});

// The last one: it leaves a database without its thread, which afterAll must still be able to close.
it('fails at once when its thread has ended', async () => {
  const running = pool.query('SELECT pg_sleep(0.2)');
  await Promise.all([
    expect(running).rejects.toThrow('Connection terminated'),
    (Reflect.get(postgres, 'worker') as Worker).terminate(),
  ]);
  await expect(pool.query('SELECT 1')).rejects.toThrow('Connection terminated');
});
