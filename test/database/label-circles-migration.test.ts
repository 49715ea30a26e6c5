import { describe, expect, test } from 'vitest';
import type { DatabaseLocation } from '#dist/database/database.js';
import { migrate } from '#dist/database/migrate.js';
import { BARE, describeOnAServer, emptyEmbeddedDatabase } from '../support/databases.js';
import { openBefore } from '../support/migrate-before.js';

const CIRCLES = '20261128150000_label_circles';

describe('labels that are below themselves, embedded', () => suite(emptyEmbeddedDatabase('bareTemplate')));
describeOnAServer('labels that are below themselves', suite, BARE);

function suite(location: DatabaseLocation): void {
  test('are so no more: one of each circle comes to the top', async () => {
    const pool = await openBefore(location, CIRCLES);
    await pool.query(`
      INSERT INTO label_set (id, library_id, name, name_key) SELECT gen_random_uuid(), id, 'set', 'set' FROM library;
      INSERT INTO label (id, library_id, label_set_id, name, name_key, updated_at)
        SELECT gen_random_uuid(), library_id, label_set.id, word, word, '2026-01-01'
        FROM label_set, unnest('{own,a,b,c,below a,below that,x,y,top,under top}'::text[]) AS word;
      UPDATE label SET parent_id = parent.id
      FROM (VALUES ('own', 'own'), ('a', 'b'), ('b', 'c'), ('c', 'a'), ('below a', 'a'), ('below that', 'below a'),
        ('x', 'y'), ('y', 'x'), ('under top', 'top')) AS pair (name, parent_name)
        JOIN label AS parent ON parent.name = parent_name WHERE label.name = pair.name;
      UPDATE label SET updated_at = '2026-01-02' WHERE name IN ('b', 'below that', 'y')`);
    await migrate(pool, 'prisma/migrations');
    const { rows } = await pool.query<{ name: string; parent: string }>(`
      SELECT label.name, parent.name AS parent FROM label JOIN label AS parent ON parent.id = label.parent_id
      ORDER BY label.name COLLATE "C"`);
    expect(rows.map(({ name, parent }) => `${name} < ${parent}`)).toEqual([
      'a < b',
      'below a < a',
      'below that < below a',
      'c < a',
      'under top < top',
      'x < y',
    ]);
  });
}
