import { fileURLToPath } from 'node:url';
import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { AfterimageError } from '../errors.js';
import { EmbeddedPostgres } from './embedded-postgres.js';
import { Prisma, PrismaClient } from './generated/client.js';
import { migrate } from './migrate.js';

const MIGRATIONS = fileURLToPath(new URL('../../prisma/migrations', import.meta.url));
// How long work may wait for a connection, and a transaction last: the embedded Postgres serves one at a time.
const TRANSACTION_WAIT_MS = 60_000;
const TRANSACTION_TIMEOUT_MS = 15_000;
const CONNECT_TIMEOUT_MS = 10_000;

export type { PrismaClient };
export { Prisma };

export interface Database {
  readonly prisma: PrismaClient;
  /** Whether the database belongs to this process alone. */
  readonly isEmbedded: boolean;
  /** Resolves when the database answers. @throws DATABASE_FAILED */
  ping(): Promise<void>;
  close(): Promise<void>;
}

export type DatabaseLocation = { readonly url: string } | { readonly embeddedDir: string };

/**
 * Opens Postgres at a URL, or the embedded one in a folder, and applies the migrations that are missing.
 * @throws DATABASE_FAILED, MIGRATION_FAILED
 */
export async function openDatabase(location: DatabaseLocation): Promise<Database> {
  const embedded = 'embeddedDir' in location ? await EmbeddedPostgres.start(location.embeddedDir) : undefined;
  const pool =
    embedded?.createPool() ??
    new pg.Pool({
      connectionString: (location as { url: string }).url,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    });
  // Without a listener an idle connection that the server drops would end the process; the next query reconnects.
  pool.on('error', () => undefined);
  const prisma = new PrismaClient({
    adapter: new PrismaPg(pool),
    transactionOptions: { maxWait: TRANSACTION_WAIT_MS, timeout: TRANSACTION_TIMEOUT_MS },
  });
  const close = async () => {
    await prisma.$disconnect();
    await pool.end();
    await embedded?.close();
  };
  try {
    await pool.query('SELECT 1');
    await migrate(pool, MIGRATIONS);
  } catch (error) {
    await close();
    if (error instanceof AfterimageError) throw error;
    throw new AfterimageError('DATABASE_FAILED', `the database does not answer: ${reasonOf(error)}`, {
      cause: error,
    });
  }
  return {
    prisma,
    isEmbedded: embedded !== undefined,
    ping: async () => {
      await prisma.$queryRaw`SELECT 1`.catch((error: unknown) => {
        throw new AfterimageError('DATABASE_FAILED', 'the database does not answer', { cause: error });
      });
    },
    close,
  };
}

/** A host with several addresses, none of which answers, fails with an error that has a code and no message. */
function reasonOf(error: unknown): string {
  const { message, code } = error as NodeJS.ErrnoException;
  return message || (code ?? 'no reason');
}
