import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { migrate } from '#dist/database/migrate.js';
import { emptyEmbeddedDatabase } from '../support/databases.js';
import { migrateBefore } from '../support/migrate-before.js';
import { openPool } from '../support/pool.js';

const database = emptyEmbeddedDatabase('bareTemplate');

/** One a day. */
const [BULK, REVIEW, UNDO, MERGE, DUPLICATES, AGAIN] = Array.from({ length: 6 }, () => randomUUID());
const [LABEL, MERGED, KEPT] = Array.from({ length: 3 }, () => randomUUID());
const at = (day: number) => `'2026-11-0${day}T10:00:00Z'`;
const BULK_DAY = 2;
const REVIEW_DAY = 3;
const LATER_DAY = 4;
const AGAIN_DAY = 5;

it('decisions that there were say whether they were made in bulk, and what they taught answers no more', async () => {
  const { pool, close } = await openPool(database);
  const assets = new Map<string, string>();
  const add = async (name: string) => {
    assets.set(name, randomUUID());
    await pool.query(`
      INSERT INTO asset (id, library_id, state, sha256, original_name, mime_type, byte_size, width, height, orientation)
      SELECT '${assets.get(name)}', id, 'READY', md5('${name}') || md5(''), '${name}', 'image/jpeg', 1, 1, 1, 'SQUARE' FROM library`);
  };
  const row = (name: string, decidedOn: number, { label = LABEL, revision = 1, isUpheld = false } = {}) =>
    pool.query(`
      INSERT INTO asset_label (asset_id, label_id, source, state, decided_at, revision, is_upheld, updated_at)
      VALUES ('${assets.get(name)}', '${label}', 'HUMAN', 'ACCEPTED', ${at(decidedOn)}, ${revision}, ${isUpheld}, ${at(decidedOn)})`);
  const event = (name: string, batch: string | undefined, revision: number, formerDay?: number, label = LABEL) => {
    const former = formerDay === undefined ? 'NULL, NULL, NULL' : `'HUMAN', 'ACCEPTED', ${at(formerDay)}`;
    const now = batch === MERGE && label === MERGED ? 'NULL, NULL' : `'HUMAN', 'ACCEPTED'`;
    return pool.query(`
      INSERT INTO label_event (batch_id, asset_id, label_id, label_name, from_source, from_state, from_decided_at, source,
        state, revision, at)
      SELECT id, '${assets.get(name)}', '${label}', '', ${former}, ${now}, ${revision}, created_at FROM label_batch
      WHERE id = '${batch}'`);
  };
  const head = (version: number, readOn: number, labelId: string | undefined, isExclusive = true, state = 'ACTIVE') =>
    pool.query(`
      INSERT INTO label_head (id, library_id, label_set_id, model_id, version, state, label_ids, is_exclusive, weights, bias,
        prior_scale, decisions, pictures, metrics, read_at, activated_at)
      SELECT gen_random_uuid(), library_id, id, 'model ' || ${version}, ${version}, '${state}', '{${labelId}}', ${isExclusive}, '', '{}',
        1, 10, 0, '{}', ${at(readOn)}::timestamptz + interval '1 hour', now() FROM label_set`);
  try {
    await migrateBefore(pool, '20261208100000_decisions_in_bulk');
    await pool.query(`
      INSERT INTO library (id, name, file_secret) VALUES (gen_random_uuid(), 'one', '');
      INSERT INTO label_set (id, library_id, name, name_key, is_exclusive) SELECT gen_random_uuid(), id, 'set', 'set', true FROM library;
      INSERT INTO label (id, library_id, label_set_id, name, name_key) SELECT label::uuid, library_id, label_set.id, label, label
        FROM label_set, unnest('{${LABEL},${KEPT}}'::text[]) AS label;
      INSERT INTO label_batch (id, library_id, kind, created_at) SELECT batch::uuid, id, kind::label_batch_kind, day::timestamptz
        FROM library, (VALUES ('${BULK}', 'ACCEPT_ABOVE', ${at(BULK_DAY)}), ('${REVIEW}', 'REVIEW', ${at(REVIEW_DAY)}),
          ('${UNDO}', 'UNDO', ${at(LATER_DAY)}), ('${MERGE}', 'MERGE', ${at(LATER_DAY)}),
          ('${DUPLICATES}', 'DUPLICATES', ${at(LATER_DAY)}), ('${AGAIN}', 'REVIEW', ${at(AGAIN_DAY)})) AS made (batch, kind, day);`);
    for (const name of ['bulk', 'upheld', 'reviewed', 'undone', 'again', 'merged', 'given', 'single']) await add(name);
    for (const name of ['bulk', 'upheld', 'reviewed', 'undone', 'again']) await event(name, BULK, 1);
    await row('bulk', BULK_DAY);
    await row('upheld', BULK_DAY, { isUpheld: true });
    await event('reviewed', REVIEW, 2, BULK_DAY);
    await row('reviewed', REVIEW_DAY, { revision: 2 });
    await event('undone', REVIEW, 2, BULK_DAY);
    await event('undone', UNDO, 3, REVIEW_DAY);
    await row('undone', BULK_DAY, { revision: 3 });
    await event('again', REVIEW, 2, BULK_DAY);
    await event('again', UNDO, 3, REVIEW_DAY);
    await event('again', AGAIN, 4, BULK_DAY);
    await row('again', AGAIN_DAY, { revision: 4 });
    await event('merged', BULK, 1, undefined, MERGED);
    await event('merged', MERGE, 2, BULK_DAY, MERGED);
    await event('merged', MERGE, 1, undefined, KEPT);
    await row('merged', BULK_DAY, { label: KEPT });
    await event('given', DUPLICATES, 1);
    await row('given', BULK_DAY);
    await event('single', REVIEW, 1);
    await row('single', REVIEW_DAY);
    await head(1, BULK_DAY, LABEL);
    await head(2, BULK_DAY - 1, LABEL);
    // Nothing of this label is in bulk now, but was then.
    await head(3, BULK_DAY, MERGED);
    await head(4, LATER_DAY, MERGED);
    await head(5, BULK_DAY, LABEL, false);
    // One that another had followed, to which a set could go back.
    await head(6, BULK_DAY, LABEL, true, 'RETIRED');
    await migrate(pool, 'prisma/migrations');

    const rows = await pool.query('SELECT asset_id, is_in_bulk FROM asset_label');
    const isInBulk = new Map(rows.rows.map(({ asset_id, is_in_bulk }) => [asset_id, is_in_bulk]));
    expect(Object.fromEntries([...assets].map(([name, id]) => [name, isInBulk.get(id)]))).toEqual({
      bulk: true,
      upheld: false,
      reviewed: false,
      undone: true,
      again: false,
      merged: true,
      given: true,
      single: false,
    });
    const events = await pool.query('SELECT revision, label_id, was_in_bulk FROM label_event WHERE was_in_bulk');
    expect(events.rows.map(({ revision, label_id }) => `${revision} ${label_id}`).sort()).toEqual(
      [`2 ${LABEL}`, `2 ${LABEL}`, `2 ${LABEL}`, `4 ${LABEL}`, `2 ${MERGED}`].sort(),
    );
    const heads = await pool.query(
      'SELECT version, state, activated_at IS NULL AS gone FROM label_head ORDER BY version',
    );
    expect(heads.rows).toEqual([
      { version: 1, state: 'RETIRED', gone: true },
      { version: 2, state: 'ACTIVE', gone: false },
      { version: 3, state: 'RETIRED', gone: true },
      { version: 4, state: 'ACTIVE', gone: false },
      { version: 5, state: 'ACTIVE', gone: false },
      { version: 6, state: 'RETIRED', gone: true },
    ]);
  } finally {
    await close();
  }
});
