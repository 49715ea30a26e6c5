import { describe, expect, test } from 'vitest';
import type { DatabaseLocation } from '#dist/database/database.js';
import { migrate } from '#dist/database/migrate.js';
import { BARE, describeOnAServer, emptyEmbeddedDatabase } from '../support/databases.js';
import { openBefore } from '../support/migrate-before.js';

describe('names of stop words that there were, embedded', () => suite(emptyEmbeddedDatabase('bareTemplate')));
describeOnAServer('names of stop words that there were', suite, BARE);

function suite(location: DatabaseLocation): void {
  test('are words of their assets afterwards, and no others are', async () => {
    const pool = await openBefore(location, '20261201100000_names_of_stop_words');
    await pool.query(`
      INSERT INTO asset (id, library_id, state, sha256, original_name, mime_type, byte_size, width, height, orientation,
        title, tags)
      SELECT gen_random_uuid(), id, 'READY', md5(file) || md5(file), file, 'image/jpeg', 1, 1, 1, 'SQUARE', title, tags
      FROM library, (VALUES ('a.x1.jpg', 'The Who', '{}'::text[]), ('b1.jpg', NULL, '{red,IT}'), ('c1.jpg', NULL, '{}'),
        ('Again.jpg', NULL, '{}'), ('d1.jpg', 'Who is the boat', '{red}')) AS given (file, title, tags);
      INSERT INTO label (id, library_id, name, name_key) SELECT gen_random_uuid(), id, 'Off', 'off' FROM library;
      INSERT INTO asset_label (asset_id, label_id, source, state)
      SELECT asset.id, label.id, 'HUMAN', 'ACCEPTED' FROM asset, label WHERE original_name = 'c1.jpg'`);
    await migrate(pool, 'prisma/migrations');
    const { rows } = await pool.query<{ name: string }>(`
      SELECT original_name AS name FROM asset JOIN asset_text ON asset_id = id
      WHERE words @@ 'who | it | off | again'::tsquery ORDER BY original_name COLLATE "C"`);
    expect(rows.map(({ name }) => name)).toEqual(['Again.jpg', 'a.x1.jpg', 'b1.jpg', 'c1.jpg']);
  });
}
