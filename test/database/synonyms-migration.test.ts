import { expect, it } from 'vitest';
import { migrate } from '#dist/database/migrate.js';
import { emptyEmbeddedDatabase } from '../support/databases.js';
import { openBefore } from '../support/migrate-before.js';

const LABEL_JOBS = '20261128120000_label_jobs';

const database = emptyEmbeddedDatabase('bareTemplate');

it('a job takes the synonyms that there were to the assets, and a label without any needs none', async () => {
  const pool = await openBefore(database, LABEL_JOBS);
  await pool.query(`
    INSERT INTO label (id, library_id, name, name_key, synonyms)
    SELECT gen_random_uuid(), library.id, labels.name, labels.name, synonyms::text[]
    FROM library, (VALUES ('car', '{automobile}'), ('boat', '{}')) AS labels (name, synonyms)`);
  await migrate(pool, 'prisma/migrations');
  const { rows } = await pool.query(`
    SELECT job.kind, job.state, label.name, label.refreshed_up_to AS "upTo" FROM job JOIN label ON label.id = asset_id
    WHERE job.library_id = label.library_id`);
  const upTo = '00000000-0000-0000-0000-000000000000';
  expect(rows).toEqual([{ kind: 'REFRESH_LABEL', state: 'QUEUED', name: 'car', upTo }]);
});
