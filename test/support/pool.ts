import pg from 'pg';
import type { DatabaseLocation } from '#dist/database/database.js';
import { EmbeddedPostgres } from '#dist/database/embedded-postgres.js';

/** The database as the driver sees it: no Prisma, no migrations. */
export async function openPool(location: DatabaseLocation): Promise<{ pool: pg.Pool; close: () => Promise<void> }> {
  const embedded = 'embeddedDir' in location ? await EmbeddedPostgres.start(location.embeddedDir) : undefined;
  const pool = embedded?.createPool() ?? new pg.Pool({ connectionString: (location as { url: string }).url });
  // Its database may be dropped while a connection that was told to end still does: the pool tells of it as long as it has it.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  return {
    pool,
    close: async () => {
      await pool.end();
      await embedded?.close();
    },
  };
}
