import type { Pool } from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { emptyEmbeddedDatabase } from '../support/databases.js';
import { EmbeddedPostgres } from '#dist/database/embedded-postgres.js';
import { EmbeddedUpkeep } from '#dist/database/embedded-upkeep.js';

const { embeddedDir } = emptyEmbeddedDatabase();
let postgres: EmbeddedPostgres;
let pool: Pool;

beforeAll(async () => {
  postgres = await EmbeddedPostgres.start(embeddedDir);
  pool = postgres.createPool();
  await pool.query('CREATE TABLE "Odd name" (number integer)');
});

afterAll(async () => {
  await pool.end();
  await postgres.close();
});

async function keepUp(): Promise<void> {
  // Postgres adds up what has changed no more than once a second, unless it is told to.
  await pool.query('SELECT pg_stat_force_next_flush()');
  await new EmbeddedUpkeep(pool).close();
}

async function rowsAfterUpkeep(): Promise<number> {
  await keepUp();
  const { rows } = await pool.query<{ reltuples: number }>(
    `SELECT reltuples FROM pg_class WHERE oid = '"Odd name"'::regclass`,
  );
  return rows[0]!.reltuples;
}

it('counts a table when there is something in it, and again only when enough of it has changed', async () => {
  expect(await rowsAfterUpkeep()).toBe(-1);
  await pool.query('INSERT INTO "Odd name" SELECT generate_series(1, 1000)');
  expect(await rowsAfterUpkeep()).toBe(1_000);
  await pool.query('INSERT INTO "Odd name" SELECT generate_series(1, 100)');
  expect(await rowsAfterUpkeep()).toBe(1_000);
  await pool.query('INSERT INTO "Odd name" SELECT generate_series(1, 100)');
  expect(await rowsAfterUpkeep()).toBe(1_200);
});

it('gives the room of deleted rows back', async () => {
  await pool.query('DELETE FROM "Odd name"');
  expect(await rowsAfterUpkeep()).toBe(0);
  expect((await pool.query(`SELECT pg_relation_size('"Odd name"')::int AS bytes`)).rows).toEqual([{ bytes: 0 }]);
});

it('writes the statistics of tables where those of before were', async () => {
  await pool.query(
    `CREATE TABLE words AS SELECT repeat(md5(number::text), 30) AS word FROM generate_series(1, 1000) AS number`,
  );
  const bytesAfterMany = async () => {
    for (let count = 0; count < 100; count++) await pool.query('ANALYZE words');
    await keepUp();
    return (await numberOf(`SELECT pg_total_relation_size('pg_statistic')`)) / 2 ** 20;
  };
  const before = await bytesAfterMany();
  expect(await bytesAfterMany()).toBeCloseTo(before, 1);
});

it('begins the log of changes anew when it has become long', async () => {
  const megabytesToReplay = async () =>
    (await numberOf('SELECT pg_current_wal_lsn() - redo_lsn FROM pg_control_checkpoint()')) / 2 ** 20;
  await keepUp();
  const before = await megabytesToReplay();
  expect(before).toBeGreaterThan(1);
  await pool.query(`INSERT INTO words SELECT repeat(md5(number::text), 60) FROM generate_series(1, 32768) AS number`);
  expect(await megabytesToReplay()).toBeGreaterThan(before + 60);
  await keepUp();
  expect(await megabytesToReplay()).toBeLessThan(1);
});

async function numberOf(query: string): Promise<number> {
  const { rows } = await pool.query<Record<string, string>>(query);
  return Number(Object.values(rows[0]!)[0]);
}
