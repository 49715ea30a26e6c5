import { PGlite } from '@electric-sql/pglite';

/** Opens the database in a folder, which is made when it is not there. */
export function openPglite(dataDir: string): Promise<PGlite> {
  return PGlite.create({
    dataDir,
    // 128 MB by default, which buys nothing for a library's rows and counts against the whole process.
    postgresqlconf: ['shared_buffers=16MB'],
  });
}
