import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { colourCells } from '#dist/assets/colour-cells.js';
import { migrate } from '#dist/database/migrate.js';
import { emptyEmbeddedDatabase } from '../support/databases.js';
import { openPool } from '../support/pool.js';

const FILTERS = '20261124210000_filters';
/** All greys, and every 40,961st colour. */
const COLOURS = [
  ...Array.from({ length: 256 }, (_, level) => level * 0x010101),
  ...Array.from({ length: 410 }, (_, index) => index * 40_961),
].map((value) => `#${value.toString(16).padStart(6, '0')}`);

const database = emptyEmbeddedDatabase('bareTemplate');

it('the vector store is told of what was READY, and colours have the cells that the payload has', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'afterimage-test-'));
  const { pool, close } = await openPool(database);
  try {
    for (const name of readdirSync('prisma/migrations'))
      if (name < FILTERS) cpSync(join('prisma/migrations', name), join(folder, name), { recursive: true });
    await migrate(pool, folder);
    await pool.query(`INSERT INTO library (id, name, file_secret) VALUES (gen_random_uuid(), 'one', '')`);
    await pool.query(`
      INSERT INTO asset (id, library_id, state, sha256, original_name, mime_type, byte_size, width, height, orientation,
        dominant_colours)
      SELECT gen_random_uuid(), library.id, state::asset_state, state, state, 'image/png', 1, 1, 1, 'SQUARE',
        ARRAY['#ff0000', '#000000', '#010101']
      FROM library, unnest(ARRAY['READY', 'PENDING', 'FAILED']) AS state`);
    await migrate(pool, 'prisma/migrations');
    const { rows: jobs } = await pool.query(`
      SELECT job.kind, job.state, asset.original_name AS name FROM job JOIN asset ON asset.id = asset_id
      WHERE job.library_id = asset.library_id`);
    expect(jobs).toEqual([{ kind: 'SYNC_VECTOR', state: 'QUEUED', name: 'READY' }]);

    const { rows } = await pool.query<{ hex: string; cells: string[] }>(
      'SELECT hex, colour_cells(ARRAY[hex]) AS cells FROM unnest($1::text[]) AS hex',
      [[...COLOURS, 'red', '#ff00', '']],
    );
    expect(rows.filter(({ hex, cells }) => cells.join() !== colourCells([hex]).join())).toEqual([]);
    expect(rows).toHaveLength(COLOURS.length + 3);
  } finally {
    await close();
    rmSync(folder, { recursive: true });
  }
});
