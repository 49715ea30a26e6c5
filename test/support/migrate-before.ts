import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type pg from 'pg';
import { migrate } from '#dist/database/migrate.js';

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
