import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type pg from 'pg';
import { onTestFinished } from 'vitest';
import type { DatabaseLocation } from '#dist/database/database.js';
import { migrate } from '#dist/database/migrate.js';
import { openPool } from './pool.js';

/** A library in tables as they were before a migration. @returns connections, which end with the test */
export async function openBefore(location: DatabaseLocation, migration: string): Promise<pg.Pool> {
  const { pool, close } = await openPool(location);
  onTestFinished(close);
  await migrateBefore(pool, migration);
  await pool.query(`INSERT INTO library (id, name, file_secret) VALUES (gen_random_uuid(), 'one', '')`);
  return pool;
}

/** Makes the tables as they were before a migration. */
export async function migrateBefore(pool: pg.Pool, migration: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'afterimage-test-'));
  try {
    for (const name of readdirSync('prisma/migrations'))
      if (name < migration) cpSync(join('prisma/migrations', name), join(folder, name), { recursive: true });
    await migrate(pool, folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
