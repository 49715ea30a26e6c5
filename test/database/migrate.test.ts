import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DatabaseLocation } from '#dist/database/database.js';
import { migrate } from '#dist/database/migrate.js';
import { BARE, describeOnAServer, emptyEmbeddedDatabase } from '../support/databases.js';
import { openPool } from '../support/pool.js';

function suite(location: DatabaseLocation): void {
  let folder: string;
  let pool: Pool;
  let close: () => Promise<void>;

  const write = (name: string, sql: string) => {
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, 'migration.sql'), sql);
  };
  const recorded = async () => {
    const sql = 'SELECT migration_name AS name FROM "_prisma_migrations" ORDER BY started_at, name';
    return (await pool.query<{ name: string }>(sql)).rows.map(({ name }) => name);
  };

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'afterimage-test-'));
    ({ pool, close } = await openPool(location));
    write('2_fill', `INSERT INTO word VALUES ('written once')`);
    write('1_make', 'CREATE TABLE word (text text PRIMARY KEY)');
    writeFileSync(join(folder, 'migration_lock.toml'), '');
  });

  afterAll(async () => {
    await close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('changes nothing where it may only read, and names what is missing', async () => {
    await expect(migrate(pool, folder, true)).rejects.toMatchObject({
      code: 'MIGRATION_FAILED',
      message: expect.stringContaining('the migration 1_make, received one without') as string,
    });
    const { rows } = await pool.query(`SELECT to_regclass('"_prisma_migrations"') AS name`);
    expect(rows).toEqual([{ name: null }]);
  });

  it('applies every migration once, in order, whoever else starts at the same time', async () => {
    const applied = await Promise.all([migrate(pool, folder), migrate(pool, folder), migrate(pool, folder)]);
    expect(applied.flat().toSorted()).toEqual(['1_make', '2_fill']);
    expect(await recorded()).toEqual(['1_make', '2_fill']);
  });

  it('does nothing where nothing is missing', async () => {
    expect(await migrate(pool, folder)).toEqual([]);
    expect(await migrate(pool, folder, true)).toEqual([]);
  });

  it('leaves nothing of a migration that fails, and applies it once it is mended', async () => {
    write('3_broken', `INSERT INTO word VALUES ('broken'); INSERT INTO word VALUES ('written once')`);
    await expect(migrate(pool, folder)).rejects.toMatchObject({
      code: 'MIGRATION_FAILED',
      message: expect.stringContaining('3_broken failed: duplicate key') as string,
    });
    expect((await pool.query('SELECT text FROM word')).rows).toEqual([{ text: 'written once' }]);

    writeFileSync(join(folder, '3_broken', 'migration.sql'), `INSERT INTO word VALUES ('mended')`);
    expect(await migrate(pool, folder)).toEqual(['3_broken']);
  });

  it('refuses a migration that was changed after it had been applied', async () => {
    appendFileSync(join(folder, '3_broken', 'migration.sql'), ' ');
    await expect(migrate(pool, folder)).rejects.toMatchObject({
      code: 'MIGRATION_FAILED',
      message: 'the migration 3_broken was changed after it had been applied',
    });
  });

  it('refuses a database that a newer version has used', async () => {
    rmSync(join(folder, '3_broken'), { recursive: true });
    await expect(migrate(pool, folder)).rejects.toMatchObject({
      code: 'MIGRATION_FAILED',
      message: expect.stringContaining('the database has the migration 3_broken, which this version') as string,
    });
  });
}

describe('migrate, embedded', () => suite(emptyEmbeddedDatabase('bareTemplate')));
describeOnAServer('migrate', suite, BARE);
