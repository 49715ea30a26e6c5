import { describe, expect, test } from 'vitest';
import { openDatabase, type DatabaseLocation } from '#dist/database/database.js';
import { migrate } from '#dist/database/migrate.js';
import { useTextLanguage } from '#dist/search/text-language.js';
import { BARE, describeOnAServer, emptyEmbeddedDatabase } from '../support/databases.js';
import { migrateBefore } from '../support/migrate-before.js';
import { openPool } from '../support/pool.js';

describe('spellings of words that there were, embedded', () => suite(emptyEmbeddedDatabase('bareTemplate')));
describeOnAServer('spellings of words that there were', suite, BARE);

function suite(location: DatabaseLocation): void {
  test('are found afterwards', async () => {
    const { pool, close } = await openPool(location);
    try {
      await migrateBefore(pool, '20261202000000_spellings');
      await pool.query(`
        INSERT INTO library (id, name, file_secret) VALUES (gen_random_uuid(), 'one', '');
        INSERT INTO asset (id, library_id, state, sha256, original_name, mime_type, byte_size, width, height, orientation,
          title, tags)
        SELECT gen_random_uuid(), id, 'READY', md5(file) || md5(file), file, 'image/jpeg', 1, 1, 1, 'SQUARE', title, tags
        FROM library, (VALUES ('a.jpg', 'Müller', '{}'::text[]), ('b.jpg', NULL, '{red,Müller}'), ('Müller.jpg', NULL, '{}'),
          ('d.jpg', 'Miller', '{}'), ('e.jpg', '夜の東京タワー', '{}')) AS given (file, title, tags)`);
      await migrate(pool, 'prisma/migrations');
    } finally {
      await close();
    }
    const database = await openDatabase(location);
    const { prisma } = database;
    try {
      await useTextLanguage(prisma, 'english');
      for (const word of ['muller', 'mueller']) {
        const rows = await prisma.$queryRaw<{ name: string }[]>`
          SELECT original_name AS name FROM asset JOIN asset_text ON asset_id = id
          WHERE words @@ plainto_tsquery('english', ${word}) ORDER BY original_name COLLATE "C"`;
        expect(rows.map(({ name }) => name)).toEqual(['Müller.jpg', 'a.jpg', 'b.jpg']);
      }
      const [inside] = await prisma.$queryRaw<{ name: string }[]>`
        SELECT original_name AS name FROM asset JOIN asset_text ON asset_id = id
        WHERE words @@ phraseto_tsquery('english', '東 京')`;
      expect(inside).toEqual({ name: 'e.jpg' });
      const texts = await prisma.$queryRaw<{ spelling: string }[]>`SELECT spelling FROM asset_text`;
      expect(texts.filter(({ spelling }) => /[À-ÿ]/.test(spelling))).toEqual([]);
      expect(await prisma.textLanguage.findMany()).toMatchObject([{ written: 'english', complete: 'english' }]);
    } finally {
      await database.close();
    }
  });
}
