import { describe, expect, it } from 'vitest';
import { migrate } from '#dist/database/migrate.js';
import { emptyEmbeddedDatabase } from '../support/databases.js';
import { openBefore } from '../support/migrate-before.js';

const KINDS = ['avif', 'gif', 'jpeg', 'png', 'tiff', 'webp'];

describe.each([
  ['an animation', '20261128110200_animations', ['jpeg'], ['jpeg', 'png']],
  ['of more than 8 bits a channel', '20261202500000_deep_pictures', ['gif', 'jpeg', 'webp'], KINDS],
])('fingerprints of what may be %s', (_, migration, compared, kept) => {
  const database = emptyEmbeddedDatabase('bareTemplate');

  it('are made again, and pairs that were found stay', async () => {
    const pool = await openBefore(database, migration);
    await pool.query(`
    INSERT INTO asset (id, library_id, state, sha256, original_name, mime_type, byte_size, width, height, orientation)
      SELECT gen_random_uuid(), id, 'READY', type, type, 'image/' || type, 1, 1, 1, 'SQUARE'
      FROM library, unnest(ARRAY['${KINDS.join("', '")}']) AS type;
    INSERT INTO fingerprint (asset_id, perceptual_hash, luma, pixel_digest, sharpness, is_compared)
      SELECT id, 0, '', '', 0, true FROM asset;
    INSERT INTO near_duplicate (asset_id, other_id, similarity, hash_distance, cosine, model_id)
      SELECT one.id, other.id, 1, 0, 1, 'm' FROM asset AS one JOIN asset AS other ON one.id < other.id`);
    await migrate(pool, 'prisma/migrations');
    const { rows } = await pool.query<{ name: string; isCompared: boolean }>(
      'SELECT original_name AS name, is_compared AS "isCompared" FROM fingerprint JOIN asset ON id = asset_id ORDER BY 1',
    );
    expect(rows.map(({ name }) => name)).toEqual(kept);
    expect(rows.flatMap(({ name, isCompared }) => (isCompared ? name : []))).toEqual(compared);
    expect((await pool.query('SELECT FROM near_duplicate')).rowCount).toBe(15);
  });
});
