import { describe, expect, inject, it } from 'vitest';
import { migrate } from '#dist/database/migrate.js';
import { BARE, emptyServerDatabase } from '../support/databases.js';
import { openBefore } from '../support/migrate-before.js';

const MODELS = '20261124200000_models';

describe.skipIf(inject('server') === null)('a library of a version before, whose assets named their model', () => {
  const database = emptyServerDatabase(BARE);
  it('has that one as its active model, and what lacks an embedding of it made', async () => {
    const pool = await openBefore(database, MODELS);
    await pool.query(`
      INSERT INTO asset (id, library_id, state, sha256, original_name, mime_type, byte_size, width, height, orientation,
        embedding_model_id)
      SELECT gen_random_uuid(), library.id, 'READY', n::text, n::text, 'image/png', 1, 1, 1, 'SQUARE',
        CASE WHEN n < 4 THEN 'now' WHEN n = 4 THEN 'before' END
      FROM library, generate_series(1, 5) AS n`);
    await migrate(pool, 'prisma/migrations');
    const { rows: models } = await pool.query('SELECT id, state, dimension, completed_at FROM model ORDER BY state');
    expect(models).toEqual([
      { id: 'now', state: 'ACTIVE', dimension: null, completed_at: null },
      { id: 'before', state: 'DROPPING', dimension: null, completed_at: null },
    ]);
    const { rows: embeddings } = await pool.query(`
      SELECT original_name AS name, model_id AS model FROM embedding JOIN asset ON asset.id = asset_id ORDER BY 1`);
    expect(embeddings.map(({ name, model }) => `${name} ${model}`)).toEqual(['1 now', '2 now', '3 now', '4 before']);
  });
});
