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
    // As flags, which a database has that was made before them: 1 GB by default, that checkpoints would leave lying about.
    startParams: [...PGlite.defaultStartParams, '-c', 'max_wal_size=128MB', '-c', 'min_wal_size=32MB'],
  });
}
