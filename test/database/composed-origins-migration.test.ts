import { describe, expect, test } from 'vitest';
import type { DatabaseLocation } from '#dist/database/database.js';
import { migrate } from '#dist/database/migrate.js';
import { BARE, describeOnAServer, emptyEmbeddedDatabase } from '../support/databases.js';
import { openBefore } from '../support/migrate-before.js';

const COMPOSED = 'Voigtl\u00E4nder';

describe('names of cameras that there were, embedded', () => suite(emptyEmbeddedDatabase('bareTemplate')));
describeOnAServer('names of cameras that there were', suite, BARE);

function suite(location: DatabaseLocation): void {
  test('are composed, and the vector store is told of those that were not', async () => {
    const pool = await openBefore(location, '20261201600000_composed_origins');
    await pool.query(`
      INSERT INTO asset (id, library_id, state, sha256, original_name, mime_type, byte_size, width, height, orientation,
        camera_make)
      SELECT gen_random_uuid(), id, 'READY', md5(make) || md5(make), 'a.jpg', 'image/jpeg', 1, 1, 1, 'SQUARE', make
      FROM library, (VALUES ('${COMPOSED}'), ('${COMPOSED.normalize('NFD')}'), ('Leica')) AS given (make)`);
    await migrate(pool, 'prisma/migrations');
    const { rows: assets } = await pool.query<{ make: string }>('SELECT camera_make AS make FROM asset ORDER BY 1');
    expect(assets.map(({ make }) => make)).toEqual(['Leica', COMPOSED, COMPOSED]);
    const { rows: jobs } = await pool.query<{ kind: string }>('SELECT kind FROM job');
    expect(jobs).toEqual([{ kind: 'SYNC_VECTOR' }]);
  });
}
