import { PGlite } from '@electric-sql/pglite';
import { pg_trgm } from '@electric-sql/pglite/contrib/pg_trgm';

/** Opens the database in a folder, which is made when it is not there. */
export function openPglite(dataDir: string): Promise<PGlite> {
  return PGlite.create({
    dataDir,
    // What the migrations ask for.
    extensions: { pg_trgm },
    // 128 MB by default, which buys nothing for a library's rows and counts against the whole process.
    postgresqlconf: ['shared_buffers=16MB'],
  });
}
