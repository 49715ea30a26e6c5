import { expect, it } from 'vitest';
import { migrate } from '#dist/database/migrate.js';
import { emptyEmbeddedDatabase } from '../support/databases.js';
import { openBefore } from '../support/migrate-before.js';

const REVISIONS = '20261128110000_label_revisions';

const database = emptyEmbeddedDatabase('bareTemplate');

it('a revision that had begun anew goes on after the last one, and webhooks are told nothing', async () => {
  const pool = await openBefore(database, REVISIONS);
  await pool.query(`
    INSERT INTO asset (id, library_id, state, sha256, original_name, mime_type, byte_size, width, height, orientation)
      SELECT gen_random_uuid(), id, 'READY', '', '', 'image/png', 1, 1, 1, 'SQUARE' FROM library;
    INSERT INTO label_batch (id, library_id, kind) SELECT gen_random_uuid(), id, 'EDIT' FROM library;
    INSERT INTO label (id, library_id, name, name_key)
      SELECT gen_random_uuid(), id, word, word FROM library, unnest(ARRAY['again', 'once']) AS word;
    INSERT INTO label_event (batch_id, asset_id, label_id, label_name, revision)
      SELECT label_batch.id, asset.id, label.id, label.name, revision FROM label_batch, asset, label,
        LATERAL unnest(CASE label.name WHEN 'again' THEN ARRAY[1, 2, 1] ELSE ARRAY[1, 2] END) AS revision;
    INSERT INTO asset_label (asset_id, label_id, source, state, revision)
      SELECT asset.id, label.id, 'HUMAN', 'ACCEPTED', CASE label.name WHEN 'again' THEN 1 ELSE 2 END FROM asset, label;
    INSERT INTO webhook (id, library_id, url, events, secret)
      SELECT gen_random_uuid(), id, 'http://localhost', '{LABELS_CHANGED}', '' FROM library;`);
  await migrate(pool, 'prisma/migrations');
  const { rows } = await pool.query(
    'SELECT name, revision FROM asset_label JOIN label ON label.id = label_id ORDER BY name',
  );
  expect(rows).toEqual([
    { name: 'again', revision: 3 },
    { name: 'once', revision: 2 },
  ]);
  const told = () => pool.query('SELECT event FROM webhook_delivery');
  expect((await told()).rows).toEqual([]);
  await pool.query(`UPDATE asset_label SET state = 'REJECTED'`);
  expect((await told()).rows).toEqual([{ event: 'LABELS_CHANGED' }]);
});
