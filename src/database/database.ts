import { fileURLToPath } from 'node:url';
import { PrismaPg } from '@prisma/adapter-pg';
import { AfterimageError } from '../errors.js';
import { EmbeddedPostgres } from './embedded-postgres.js';
import { EmbeddedUpkeep } from './embedded-upkeep.js';
import { Prisma, PrismaClient } from './generated/client.js';
import { hasTable } from './has-table.js';
import { migrate } from './migrate.js';
import type { Notices } from './notices.js';
import { createServerPool } from './server-pool.js';
import { requireTextSupport } from './text-support.js';

const MIGRATIONS = fileURLToPath(new URL('../../prisma/migrations', import.meta.url));
// How long work may wait for a connection, and a transaction last: the embedded Postgres serves one at a time.
const WAIT_MS = 60_000;
const TRANSACTION_TIMEOUT_MS = 15_000;
const MAX_PREPARED = 200;
const CONNECT_TIMEOUT_MS = 10_000;

export type { PrismaClient };
export { Prisma };

export interface Database {
  readonly prisma: PrismaClient;
  /** Whether the database belongs to this process alone. */
  readonly isEmbedded: boolean;
  /** Those of an embedded database; undefined for a server, which is listened to on a connection of its own. */
  readonly notices: Notices | undefined;
  /** Resolves when the database answers. @throws DATABASE_FAILED */
  ping(): Promise<void>;
  close(): Promise<void>;
}

export type DatabaseLocation = { readonly url: string } | { readonly embeddedDir: string };

/** Which databases that lack migrations are given them: all, those that nobody has used yet, or none. Others are refused. */
export type Migrating = 'all' | 'new' | 'none';

export interface DatabaseOptions {
  /** All by default. */
  readonly migrating?: Migrating;
  /** Refuses a database by what it throws, before anything of it is changed: tables and columns may be missing. */
  readonly check?: (prisma: PrismaClient) => Promise<void>;
}

/**
 * Opens Postgres at a URL, or the embedded one in a folder, and applies the migrations that are missing.
 * @throws DATABASE_FAILED, DATABASE_UNUSABLE, MIGRATION_FAILED, and what the check throws
 */
export async function openDatabase(
  location: DatabaseLocation,
  { migrating = 'all', check }: DatabaseOptions = {},
): Promise<Database> {
  const embedded = 'embeddedDir' in location ? await EmbeddedPostgres.start(location.embeddedDir) : undefined;
  const pool =
    embedded?.createPool() ??
    createServerPool((location as { url: string }).url, { connectMs: CONNECT_TIMEOUT_MS, waitMs: WAIT_MS });
  const name = 'url' in location ? nameOf(location.url) : 'the database';
  // Without a listener an idle connection that the server drops would end the process; the next query reconnects.
  pool.on('error', () => undefined);
  const prisma = new PrismaClient({
    // Not for a server: there a pooler may stand in between, which gives every transaction another session.
    adapter: new PrismaPg(pool, embedded && { statementNameGenerator: createStatementNames() }),
    transactionOptions: { maxWait: WAIT_MS, timeout: TRANSACTION_TIMEOUT_MS },
  });
  let upkeep: EmbeddedUpkeep | undefined;
  const close = async () => {
    await upkeep?.close();
    await prisma.$disconnect();
    await pool.end();
    await embedded?.close();
  };
  try {
    await pool.query('SELECT 1');
    await requireTextSupport(prisma);
    await check?.(prisma);
    const isReadOnly = migrating === 'none' || (migrating === 'new' && (await isInUse(prisma)));
    await migrate(pool, MIGRATIONS, isReadOnly);
    upkeep = embedded && new EmbeddedUpkeep(pool);
  } catch (error) {
    await close();
    if (error instanceof AfterimageError) throw error;
    throw new AfterimageError('DATABASE_FAILED', `${name} does not answer: ${reasonOf(error)}`, {
      cause: error,
    });
  }
  return {
    prisma,
    isEmbedded: embedded !== undefined,
    notices: embedded?.notices,
    ping: async () => {
      await prisma.$queryRaw`SELECT 1`.catch((error: unknown) => {
        throw new AfterimageError('DATABASE_FAILED', `${name} does not answer`, { cause: error });
      });
    },
    close,
  };
}

/** By its libraries, not its tables: those may come this very moment, of a server that starts over a new database. */
async function isInUse(prisma: PrismaClient): Promise<boolean> {
  return (await hasTable(prisma, 'library')) && (await prisma.library.findFirst({ select: { id: true } })) !== null;
}

/** By host and port, without user and password. For who runs the server, not for clients. */
function nameOf(url: string): string {
  const host = URL.canParse(url) ? new URL(url).host : '';
  return host ? `the database at ${host}` : 'the database';
}

/** A host with several addresses, none of which answers, fails with an error that has a code and no message. */
function reasonOf(error: unknown): string {
  const { message, code } = error as NodeJS.ErrnoException;
  return message || (code ?? 'no reason');
}

/**
 * Names statements by their text, so that one session prepares each of them once: parsing and planning took a quarter
 * of the time of a query. The first texts only, because lists of many lengths make any number of them.
 */
function createStatementNames(): (query: { sql: string }) => string {
  const names = new Map<string, string>();
  return ({ sql }) => {
    const name = names.get(sql) ?? (names.size < MAX_PREPARED ? `s${names.size}` : '');
    if (name !== '') names.set(sql, name);
    return name;
  };
}
