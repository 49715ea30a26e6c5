import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { migrate } from '#dist/database/migrate.js';
import { emptyEmbeddedDatabase } from '../support/databases.js';
import { openBefore } from '../support/migrate-before.js';

const database = emptyEmbeddedDatabase('bareTemplate');

it('merges that there were name the label that stayed where its history does', async () => {
  const pool = await openBefore(database, '20261201700000_merged_into');
  const [stayed, gone, told, untold, review] = Array.from({ length: 5 }, () => randomUUID());
  await pool.query(`
    INSERT INTO asset (id, library_id, state, sha256, original_name, mime_type, byte_size, width, height, orientation)
      SELECT gen_random_uuid(), id, 'READY', md5('') || md5(''), 'a.jpg', 'image/jpeg', 1, 1, 1, 'SQUARE' FROM library;
    INSERT INTO label_batch (id, library_id, kind) SELECT batch::uuid, id, kind::label_batch_kind
      FROM library, (VALUES ('${told}', 'MERGE'), ('${untold}', 'MERGE'), ('${review}', 'REVIEW')) AS made (batch, kind);
    INSERT INTO label_event (batch_id, asset_id, label_id, label_name, source, state, revision)
      SELECT batch::uuid, asset.id, label::uuid, '', source::label_source, change.state::label_state, 1
      FROM asset, (VALUES ('${told}', '${stayed}', 'HUMAN', 'ACCEPTED'), ('${told}', '${gone}', NULL, NULL),
        ('${untold}', '${gone}', NULL, NULL), ('${review}', '${gone}', 'HUMAN', 'ACCEPTED'))
        AS change (batch, label, source, state);`);
  await migrate(pool, 'prisma/migrations');
  const { rows } = await pool.query<{ id: string; into_id: string | null }>('SELECT id, into_id FROM label_batch');
  expect(Object.fromEntries(rows.map((row) => [row.id, row.into_id]))).toEqual({
    [told!]: stayed,
    [untold!]: null,
    [review!]: null,
  });
});
