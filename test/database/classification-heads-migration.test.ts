import { expect, it } from 'vitest';
import { migrate } from '#dist/database/migrate.js';
import { emptyEmbeddedDatabase } from '../support/databases.js';
import { openBefore } from '../support/migrate-before.js';

const HEADS = '20261130100001_classification_heads';

const database = emptyEmbeddedDatabase('bareTemplate');

it('a classification that is under way goes on by the head that answers', async () => {
  const pool = await openBefore(database, HEADS);
  await pool.query(`
    INSERT INTO label_set (id, library_id, name, name_key)
      SELECT gen_random_uuid(), id, word, word FROM library, unnest(ARRAY['learned', 'new']) AS word;
    INSERT INTO label_head (id, library_id, label_set_id, model_id, version, state, label_ids, is_exclusive, weights, bias,
        prior_scale, decisions, pictures, metrics)
      SELECT gen_random_uuid(), library_id, id, model, version, state::label_head_state, '{}', false, '', '{}', 1, 0, 0, '{}'
      FROM label_set, (VALUES ('a', 1, 'ACTIVE'), ('b', 1, 'RETIRED'), ('b', 2, 'ACTIVE')) AS head (model, version, state)
      WHERE name = 'learned';
    INSERT INTO classification (id, library_id, label_set_id, state, is_dry_run, filter, vocabulary, model_id, total)
      SELECT gen_random_uuid(), library_id, id, state::classification_state, false, '{}', '{}', 'b', 1
      FROM label_set, unnest(ARRAY['RUNNING', 'SUCCEEDED']) AS state;`);
  await migrate(pool, 'prisma/migrations');
  const { rows } = await pool.query(`
    SELECT name, classification.state, label_head.model_id, version
    FROM classification JOIN label_set ON label_set.id = classification.label_set_id
      JOIN label_head ON label_head.id = head_id`);
  expect(rows).toEqual([{ name: 'learned', state: 'RUNNING', model_id: 'b', version: 2 }]);
});
