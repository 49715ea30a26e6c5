import { createHash, randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DatabaseError, Pool, PoolClient } from 'pg';
import { AfterimageError } from '../errors.js';

// Any fixed number: every process that migrates the same database waits for the same lock.
const MIGRATION_LOCK = 4_711_001;

// Prisma's own bookkeeping table, so that `prisma migrate deploy` and this runner can take turns on one database.
const CREATE_TABLE = `CREATE TABLE IF NOT EXISTS "_prisma_migrations" (
  "id" varchar(36) PRIMARY KEY,
  "checksum" varchar(64) NOT NULL,
  "finished_at" timestamptz,
  "migration_name" varchar(255) NOT NULL,
  "logs" text,
  "rolled_back_at" timestamptz,
  "started_at" timestamptz NOT NULL DEFAULT now(),
  "applied_steps_count" integer NOT NULL DEFAULT 0
)`;

/**
 * Applies every migration of the folder that the database does not have yet, in order of their names, each in a
 * transaction of its own. Processes that start together wait for one another.
 * @param isReadOnly refuses a database that lacks a migration, and applies none
 * @returns the names of those applied now
 * @throws MIGRATION_FAILED when a migration fails, or was changed after it was applied, or the database has one that
 *   this version does not know (a newer Afterimage has used it)
 */
export async function migrate(pool: Pool, folder: string, isReadOnly = false): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries.flatMap((entry) => (entry.isDirectory() ? entry.name : [])).sort();
  const migrations = await Promise.all(
    names.map(async (name) => {
      const sql = await readFile(join(folder, name, 'migration.sql'), 'utf8');
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
    }),
  );
  const client = await pool.connect();
  try {
    const appliedNow: string[] = [];
    for (;;) {
      const name = await inTransaction(client, () => applyNext(client, migrations, isReadOnly));
      if (name === undefined) return appliedNow;
      appliedNow.push(name);
    }
  } finally {
    client.release();
  }
}

interface Migration {
  readonly name: string;
  readonly sql: string;
  readonly checksum: string;
}

/** @returns the name of the migration that it applied; undefined when none was missing */
async function applyNext(
  client: PoolClient,
  migrations: readonly Migration[],
  isReadOnly: boolean,
): Promise<string | undefined> {
  // Held to the end of the transaction: behind a pooler that is all that two statements are sure to share.
  await client.query('SELECT pg_advisory_xact_lock($1)', [MIGRATION_LOCK]);
  if (!isReadOnly) await client.query(CREATE_TABLE);
  const applied = await findApplied(client);
  for (const name of applied.keys())
    if (!migrations.some((migration) => migration.name === name))
      throw new AfterimageError(
        'MIGRATION_FAILED',
        `the database has the migration ${name}, which this version does not know: start a newer Afterimage`,
      );
  for (const { name, checksum } of migrations)
    if (applied.has(name) && applied.get(name) !== checksum)
      throw new AfterimageError('MIGRATION_FAILED', `the migration ${name} was changed after it had been applied`);

  const next = migrations.find(({ name }) => !applied.has(name));
  if (next && isReadOnly) throw notApplied(next.name);
  if (next) await apply(client, next);
  return next?.name;
}

/** Checksums by name. */
async function findApplied(client: PoolClient): Promise<Map<string, string>> {
  const table = await client.query<{ name: string | null }>(`SELECT to_regclass('"_prisma_migrations"')::text AS name`);
  if (table.rows[0]!.name === null) return new Map();
  const { rows } = await client.query<{ migration_name: string; checksum: string }>(
    'SELECT migration_name, checksum FROM "_prisma_migrations" WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL',
  );
  return new Map(rows.map((row) => [row.migration_name, row.checksum]));
}

function notApplied(name: string): AfterimageError {
  const message = `expected a database with the migration ${name}, received one without: start this version's server first`;
  return new AfterimageError('MIGRATION_FAILED', message);
}

async function apply(client: PoolClient, { name, sql, checksum }: Migration): Promise<void> {
  try {
    await client.query(sql);
  } catch (error) {
    // The hint says what to do: which right is missing, or that an extension has to be installed.
    const { message, hint } = error as DatabaseError;
    const reason = [message, hint].filter(Boolean).join('. ');
    throw new AfterimageError('MIGRATION_FAILED', `the migration ${name} failed: ${reason}`, { cause: error });
  }
  await client.query(
    'INSERT INTO "_prisma_migrations" (id, checksum, migration_name, finished_at, applied_steps_count) VALUES ($1, $2, $3, now(), 1)',
    [randomUUID(), checksum, name],
  );
}

async function inTransaction<T>(client: PoolClient, act: () => Promise<T>): Promise<T> {
  await client.query('BEGIN');
  try {
    const result = await act();
    await client.query('COMMIT');
    return result;
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  }
}
