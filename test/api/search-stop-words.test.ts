import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeOnEveryDatabase } from '../support/databases.js';
import { namesFound } from '../support/names-found.js';
import { insertAsset } from '../support/rows.js';
import { startServer, type TestServer } from '../support/server.js';

describeOnEveryDatabase('names of stop words and nothing else', (database) => {
  let server: TestServer;
  beforeAll(async () => {
    let labelled = '';
    server = await startServer({
      database,
      prepare: async (prisma, libraryId) => {
        const add = (originalName: string, fields: object = {}) =>
          insertAsset(prisma, libraryId, { originalName, state: 'READY', ...fields });
        await add('band.jpg', { title: 'The Who' });
        await add('office.jpg', { tags: ['computers', 'IT'] });
        await add('later.jpg', { title: 'Not Now' });
        await add('Again.jpg');
        await add('few.jpg', { title: 'A few of the boats', description: 'Who is it, and not now? Off again.' });
        labelled = await add('italy.jpg', { title: 'The theatre of Italy' });
      },
    });
    const label = 'mutation ($ids: [ID!]!) { addLabels(assetIds: $ids, labels: ["Off"]) { assets { id } } }';
    await server.data(label, { ids: [labelled] });
  });
  afterAll(() => server.close());

  const found = (query: string, mode: string) => namesFound(server, { query, mode });

  test.each([
    ['The Who', ['band.jpg']],
    ['"The Who"', ['band.jpg']],
    ['"who the"', []],
    ['who', ['band.jpg']],
    ['IT', ['office.jpg']],
    ['it', ['office.jpg']],
    ['not now', ['later.jpg']],
    ['again', ['Again.jpg']],
    ['off', ['italy.jpg']],
    ['off it', []],
    // Others are found by them in their names.
    ['a few', ['few.jpg']],
    ['who -the', []],
    // Beside other words they are left out as ever.
    ['the boats', ['few.jpg']],
    ['computers -it', []],
    ['boats -it', ['few.jpg']],
  ])('are found by %s: %j', async (query, names) => {
    expect(await found(query, 'KEYWORD')).toEqual(names);
    expect((await found(query, 'HYBRID')).slice(0, names.length)).toEqual(names);
  });
});
