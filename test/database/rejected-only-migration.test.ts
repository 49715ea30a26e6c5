import { expect, it } from 'vitest';
import { migrate } from '#dist/database/migrate.js';
import { emptyEmbeddedDatabase } from '../support/databases.js';
import { openBefore } from '../support/migrate-before.js';

const database = emptyEmbeddedDatabase('bareTemplate');

/** By label: how often it was accepted and rejected where it had a probability of 0.1 and of 0.9. */
const CHOSEN = [
  [[10, 0, 2], [90, 3, 0]],
  [[10, 1, 2], [90, 1, 1]],
]; // prettier-ignore
const REJECTED = [CHOSEN[0], [[10, 1, 2], [90, 1, 2]]]; // prettier-ignore

it('what competing labels were taught by pictures with none accepted answers no more', async () => {
  const pool = await openBefore(database, '20261209400000_rejected_only');
  await pool.query(
    "INSERT INTO label_set (id, library_id, name, name_key) SELECT gen_random_uuid(), id, 'set', 'set' FROM library",
  );
  const head = (
    version: number,
    bins: unknown[],
    { isExclusive = true, state = 'ACTIVE', pictures = 6, isGone = false } = {},
  ) =>
    pool.query(`
      INSERT INTO label_head (id, library_id, label_set_id, model_id, version, state, label_ids, is_exclusive, weights, bias,
        prior_scale, decisions, pictures, metrics, read_at, activated_at)
      SELECT gen_random_uuid(), library_id, id, 'model ' || ${version}, ${version}, '${state}', '{}', ${isExclusive}, '', '{}',
        1, 10, ${pictures}, '${JSON.stringify({ labels: bins.map((learned) => ({ learned })) })}', now(), ${isGone ? 'NULL' : 'now()'} FROM label_set`);
  await head(1, REJECTED);
  await head(2, CHOSEN, { pictures: 5 });
  await head(3, REJECTED, { isExclusive: false });
  // One that another had followed, to which a set could go back.
  await head(4, REJECTED, { state: 'RETIRED' });
  await head(5, [[], []], { pictures: 0 });
  // What was not good enough, so that the set learns anew, where it can be.
  await head(6, REJECTED, { state: 'CANDIDATE', isGone: true });
  await head(7, CHOSEN, { state: 'CANDIDATE', isGone: true, pictures: 5 });
  await migrate(pool, 'prisma/migrations');
  const { rows } = await pool.query(
    'SELECT version, state, activated_at IS NULL AS gone FROM label_head ORDER BY version',
  );
  expect(rows).toEqual([
    { version: 1, state: 'RETIRED', gone: true },
    { version: 2, state: 'ACTIVE', gone: false },
    { version: 3, state: 'ACTIVE', gone: false },
    { version: 4, state: 'RETIRED', gone: true },
    { version: 5, state: 'ACTIVE', gone: false },
    { version: 6, state: 'RETIRED', gone: true },
    { version: 7, state: 'CANDIDATE', gone: true },
  ]);
});
