import { readFileSync } from 'node:fs';
import type { Pool } from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { migrate } from '#dist/database/migrate.js';
import { describeOnEveryDatabase } from '../support/databases.js';
import { openPool } from '../support/pool.js';
import { parsePrismaSchema } from '../support/prisma-schema.js';

const { tables, enums } = parsePrismaSchema(readFileSync('prisma/schema.prisma', 'utf8'));

// What schema.prisma says and what the migrations make, in the words of Postgres: a change of the one fails here until
// the other follows.
describeOnEveryDatabase('the migrations make', (location) => {
  let pool: Pool;
  let close: () => Promise<void>;

  beforeAll(async () => {
    ({ pool, close } = await openPool(location));
    await migrate(pool, 'prisma/migrations');
  });

  afterAll(() => close());

  const rows = async <Row extends object>(sql: string) => (await pool.query<Row>(sql)).rows;

  it('the columns of every table that schema.prisma has: type, whether null is allowed, whether there is a default', async () => {
    const found = await rows<{ table: string; column: string; definition: string }>(`
      SELECT c.relname AS table, a.attname AS column, concat_ws(' ', format_type(a.atttypid, a.atttypmod),
        CASE WHEN a.attnotnull THEN 'NOT NULL' END, CASE WHEN a.atthasdef AND a.attgenerated = '' THEN 'DEFAULT' END) AS definition
      FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
      WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped
        AND c.relname <> '_prisma_migrations'`);
    const columns: Record<string, Record<string, string>> = {};
    for (const { table, column, definition } of found) (columns[table] ??= {})[column] = definition;
    expect(columns).toEqual(tables);
  });

  it('the values of every enum that it has, in order', async () => {
    const found = await rows<{ name: string; values: string[] }>(`
      SELECT t.typname AS name, array_agg(e.enumlabel::text ORDER BY e.enumsortorder) AS values
      FROM pg_enum e JOIN pg_type t ON t.oid = e.enumtypid GROUP BY t.typname`);
    expect(Object.fromEntries(found.map(({ name, values }) => [name, values]))).toEqual(enums);
  });

  it('GIN indexes whose searches read no long list of what is new', async () => {
    const found = await rows<{ name: string; options: string[] | null }>(`
      SELECT c.relname AS name, c.reloptions AS options FROM pg_class c JOIN pg_am m ON m.oid = c.relam
      WHERE m.amname = 'gin' AND c.relnamespace = 'public'::regnamespace`);
    expect(found.map(({ name }) => name)).toContain('asset_text_words_idx');
    const isShort = (option: string) => ['fastupdate=off', 'gin_pending_list_limit=64'].includes(option);
    expect(found.filter(({ options }) => !options?.some(isShort))).toEqual([]);
  });
});
