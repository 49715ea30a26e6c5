import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { migrate } from '#dist/database/migrate.js';
import { emptyEmbeddedDatabase } from '../support/databases.js';
import { openBefore } from '../support/migrate-before.js';

const database = emptyEmbeddedDatabase('bareTemplate');

it('heads that the release before trained, or still trains, read their decisions when they were written', async () => {
  const pool = await openBefore(database, '20261201200000_decisions_read');
  const setId = randomUUID();
  const add = (version: number) =>
    pool.query(`
      INSERT INTO label_head (id, library_id, label_set_id, model_id, version, state, label_ids, is_exclusive, weights, bias,
        prior_scale, decisions, pictures, metrics)
      SELECT gen_random_uuid(), library_id, id, 'model', ${version}, 'RETIRED', '{}', true, '', '{}', 1, 10, 10, '{}' FROM label_set`);
  await pool.query(`
    INSERT INTO label_set (id, library_id, name, name_key) SELECT '${setId}', id, 'set', 'set' FROM library;`);
  await add(1);
  await migrate(pool, 'prisma/migrations');
  await add(2);
  const { rows } = await pool.query('SELECT version, read_at = created_at AS same FROM label_head ORDER BY version');
  expect(rows).toEqual([
    { version: 1, same: true },
    { version: 2, same: true },
  ]);
});
