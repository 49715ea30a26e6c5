import { expect, it } from 'vitest';
import { migrate } from '#dist/database/migrate.js';
import { emptyEmbeddedDatabase } from '../support/databases.js';
import { openBefore } from '../support/migrate-before.js';

const database = emptyEmbeddedDatabase('bareTemplate');

it('what was rejected of competing labels counts no more for what taught a head', async () => {
  const pool = await openBefore(database, '20261210200000_decisions_that_teach');
  await pool.query(
    "INSERT INTO label_set (id, library_id, name, name_key) SELECT gen_random_uuid(), id, 'set', 'set' FROM library",
  );
  await pool.query(`
    INSERT INTO label_head (id, library_id, label_set_id, model_id, version, state, label_ids, is_exclusive, weights, bias,
      prior_scale, decisions, pictures, metrics)
    SELECT gen_random_uuid(), library_id, id, 'model', version, 'RETIRED', '{}', version = 1, '', '{}', 1, 25, 12, '{}'
    FROM label_set, generate_series(1, 2) AS version`);
  await migrate(pool, 'prisma/migrations');
  const { rows } = await pool.query('SELECT version, decisions FROM label_head ORDER BY version');
  expect(rows).toEqual([
    { version: 1, decisions: 12 },
    { version: 2, decisions: 25 },
  ]);
});
