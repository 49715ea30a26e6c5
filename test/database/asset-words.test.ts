import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openDatabase, type Database } from '#dist/database/database.js';
import { describeOnEveryDatabase } from '../support/databases.js';
import { insertAsset } from '../support/rows.js';

describeOnEveryDatabase('the words of an asset', (location) => {
  let database: Database;
  beforeAll(async () => {
    database = await openDatabase(location);
    const libraryId = randomUUID();
    await database.prisma.library.create({ data: { id: libraryId, name: 'words', fileSecret: Buffer.from('secret') } });
    const add = (originalName: string, fields: object) =>
      insertAsset(database.prisma, libraryId, { originalName, ...fields });
    await add('harbourView_0042-DSC00017.JPG', {});
    await add('a.jpg', { title: 'Boats at sunset', description: 'Grey dogs run', tags: ['New York', 'Ärger'] });
    await add('b.jpg', { description: 'A boat (ISO/100.5)' });
  });
  afterAll(() => database.close());

  test.each([
    ['harbour', ['harbourView_0042-DSC00017.JPG']],
    ['harbourview', ['harbourView_0042-DSC00017.JPG']],
    ['0042', ['harbourView_0042-DSC00017.JPG']],
    ['DSC00017', ['harbourView_0042-DSC00017.JPG']],
    ['dsc 00017', ['harbourView_0042-DSC00017.JPG']],
    ['boating', ['a.jpg', 'b.jpg']],
    ['dog running', ['a.jpg']],
    ['"new york"', ['a.jpg']],
    ['"york ärger"', []],
    ['"sunset new"', []],
    ['iso', ['b.jpg']],
    ['ärger', ['a.jpg']],
    ['boat -sunset', ['b.jpg']],
    ['harbour boat', []],
  ])('are found by %s, the title before the rest', async (query, names) => {
    const found = await database.prisma.$queryRaw<{ name: string }[]>`
      SELECT original_name AS name FROM asset JOIN asset_text ON asset_id = id,
        websearch_to_tsquery('english', ${query}) AS query
      WHERE words @@ query ORDER BY ts_rank(words, query) DESC`;
    expect(found.map(({ name }) => name)).toEqual(names);
  });

  test('follow what is said of it', async () => {
    await database.prisma.asset.updateMany({ where: { originalName: 'b.jpg' }, data: { title: 'Lighthouse' } });
    const found = await database.prisma.$queryRaw`
      SELECT original_name FROM asset JOIN asset_text ON asset_id = id WHERE words @@ 'lighthous'::tsquery`;
    expect(found).toEqual([{ original_name: 'b.jpg' }]);
  });
});
