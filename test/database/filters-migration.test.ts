import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { colourCells } from '#dist/assets/colour-cells.js';
import { migrate } from '#dist/database/migrate.js';
import { emptyEmbeddedDatabase } from '../support/databases.js';
import { openBefore } from '../support/migrate-before.js';
import { openPool } from '../support/pool.js';

const SHORT_ORIGINS = '20261124205000_short_origins';
/** All greys, and every 40,961st colour. */
const COLOURS = [
  ...Array.from({ length: 256 }, (_, level) => level * 0x010101),
  ...Array.from({ length: 410 }, (_, index) => index * 40_961),
].map((value) => `#${value.toString(16).padStart(6, '0')}`);

/** What no index takes, and does not become short when it is compressed. */
const LONG = Array.from({ length: 200 }, () => randomUUID()).join('');

describe('before there were filters', () => {
  const database = emptyEmbeddedDatabase('bareTemplate');

  it('the vector store is told of what was READY, and colours have the cells that the payload has', async () => {
    const pool = await openBefore(database, SHORT_ORIGINS);
    await pool.query(
      `
    INSERT INTO asset (id, library_id, state, sha256, original_name, mime_type, byte_size, width, height, orientation,
      dominant_colours, camera_make, camera_model)
    SELECT gen_random_uuid(), library.id, state::asset_state, state, state, 'image/png', 1, 1, 1, 'SQUARE',
      ARRAY['#ff0000', '#000000', '#010101'], 'Canon', CASE state WHEN 'FAILED' THEN $1 END
    FROM library, unnest(ARRAY['READY', 'PENDING', 'FAILED']) AS state`,
      [LONG],
    );
    await migrate(pool, 'prisma/migrations');
    const { rows: jobs } = await pool.query(`
    SELECT job.kind, job.state, asset.original_name AS name FROM job JOIN asset ON asset.id = asset_id
    WHERE job.library_id = asset.library_id`);
    expect(jobs).toEqual([{ kind: 'SYNC_VECTOR', state: 'QUEUED', name: 'READY' }]);

    const { rows: cameras } = await pool.query('SELECT camera_make, camera_model FROM asset ORDER BY camera_model');
    expect(cameras).toEqual(
      [LONG.slice(0, 200), null, null].map((model) => ({ camera_make: 'Canon', camera_model: model })),
    );

    const { rows } = await pool.query<{ hex: string; cells: string[] }>(
      'SELECT hex, colour_cells(ARRAY[hex]) AS cells FROM unnest($1::text[]) AS hex',
      [[...COLOURS, 'red', '#ff00', '']],
    );
    expect(rows.filter(({ hex, cells }) => cells.join() !== colourCells([hex]).join())).toEqual([]);
    expect(rows).toHaveLength(COLOURS.length + 3);
  });
});

describe('with filters, and names of cameras that just fit', () => {
  const database = emptyEmbeddedDatabase();

  it('they are shortened, and the vector store is told', async () => {
    const { pool, close } = await openPool(database);
    try {
      await pool.query('DELETE FROM _prisma_migrations WHERE migration_name = $1', [SHORT_ORIGINS]);
      await pool.query(`INSERT INTO library (id, name, file_secret) VALUES (gen_random_uuid(), 'one', '')`);
      await pool.query(`
        INSERT INTO asset (id, library_id, state, sha256, original_name, mime_type, byte_size, width, height, orientation,
          camera_make, lens)
        SELECT gen_random_uuid(), library.id, 'READY', length, length, 'image/png', 1, 1, 1, 'SQUARE',
          repeat('é', length::int), CASE length WHEN '201' THEN repeat('l', 199) || ' ' || length END
        FROM library, unnest(ARRAY['200', '201']) AS length`);
      expect(await migrate(pool, 'prisma/migrations')).toEqual([SHORT_ORIGINS]);
      const { rows } = await pool.query(`
        SELECT original_name AS name, length(camera_make) AS make, length(lens) AS lens, kind::text
        FROM asset LEFT JOIN job ON asset_id = asset.id ORDER BY 1`);
      expect(rows).toEqual([
        { name: '200', make: 200, lens: null, kind: null },
        { name: '201', make: 200, lens: 199, kind: 'SYNC_VECTOR' },
      ]);
    } finally {
      await close();
    }
  });
});
