import { PGlite } from '@electric-sql/pglite';
import { pg_trgm } from '@electric-sql/pglite/contrib/pg_trgm';
import { DurableFiles } from './durable-files.js';

// As flags, which a database has that was made before them. Of two for one setting the later counts.
const SETTINGS = {
  // Without it Postgres asks for no sync at all; of its ways to, fsync is the one that reaches DurableFiles.
  fsync: 'on',
  wal_sync_method: 'fsync',
  // 1 GB by default, that checkpoints would leave lying about.
  max_wal_size: '128MB',
  min_wal_size: '32MB',
};

/**
 * Opens the database in a folder, which is made when it is not there. What it has committed survives a power cut.
 * @param code PGlite's, where it is compiled already
 */
export function openPglite(dataDir: string, code?: WebAssembly.Module): Promise<PGlite> {
  return PGlite.create({
    fs: new DurableFiles(dataDir),
    ...(code && { pgliteWasmModule: code }),
    // What the migrations ask for.
    extensions: { pg_trgm },
    // 128 MB by default, which buys nothing for a library's rows and counts against the whole process.
    postgresqlconf: ['shared_buffers=16MB'],
    startParams: [
      ...PGlite.defaultStartParams,
      ...Object.entries(SETTINGS).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ],
  });
}
