import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeOnEveryDatabase } from '../support/databases.js';
import { namesFound } from '../support/names-found.js';
import { insertAsset } from '../support/rows.js';
import { startServer, type TestServer } from '../support/server.js';

describeOnEveryDatabase('searching for whose a picture is', (database) => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer({
      database,
      prepare: async (prisma, libraryId) => {
        const add = (originalName: string, fields: object) =>
          insertAsset(prisma, libraryId, { originalName, state: 'READY', ...fields });
        await add('1.jpg', { creator: 'Joséphine Baker', credit: 'Wire / Agency', copyright: '© 1977 The Bugle' });
        await add('2.jpg', { title: 'Bread', description: 'What a baker sells' });
        await add('3.jpg', { title: 'Nobody says' });
      },
    });
  });
  afterAll(() => server.close());

  const found = (query: string, mode = 'KEYWORD') => namesFound(server, { query, mode });

  test.each<[string, string[]]>([
    ['"Joséphine Baker"', ['1.jpg']],
    ['josephine', ['1.jpg']],
    ['joseph', ['1.jpg']],
    ['Joesephine', ['1.jpg']],
    ['agency', ['1.jpg']],
    ['1977 bugle', ['1.jpg']],
    // No phrase spans two of them.
    ['"baker wire"', []],
    ['"agency 1977"', []],
    // What is said of the picture weighs more.
    ['baker', ['2.jpg', '1.jpg']],
    ['baker -josephine', ['2.jpg']],
  ])('%s finds %j', async (query, names) => {
    expect(await found(query)).toEqual(names);
  });

  test('the words count beside the meaning too', async () => {
    expect(await found('josephine', 'HYBRID')).toEqual(['1.jpg']);
  });

  test('words follow a change of each of them, and of labels', async () => {
    const { assets } = await server.data('{ assets(filter: { text: "3.jpg" }) { edges { node { id } } } }');
    const [{ node }] = assets.edges;
    const say = (input: object) =>
      server.data('mutation ($id: ID!, $input: AssetInput!) { updateAsset(id: $id, input: $input) { userErrors { code } } }', { id: node.id, input }); // prettier-ignore
    for (const field of ['creator', 'credit', 'copyright']) {
      await say({ [field]: 'Quixote' });
      expect(await found('quixote')).toEqual(['3.jpg']);
      await server.data(
        'mutation ($ids: [ID!]!, $labels: [String!]!) { addLabels(assetIds: $ids, labels: $labels) { userErrors { code } } }',
        { ids: [node.id], labels: [`windmill ${field}`] },
      );
      expect(await found(`quixote windmill ${field}`)).toEqual(['3.jpg']);
      await say({ [field]: null });
      expect(await found('quixote')).toEqual([]);
    }
  });
});
