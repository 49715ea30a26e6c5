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

async function rowsAfterUpkeep(): Promise<number> {
  // Postgres adds up what has changed no more than once a second, unless it is told to.
  await pool.query('SELECT pg_stat_force_next_flush()');
  await new EmbeddedUpkeep(pool).close();
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
