import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { emptyEmbeddedDatabase } from '../support/databases.js';
import { insertAsset } from '../support/rows.js';
import { startServer, type TestServer } from '../support/server.js';

const FILTERS: Record<string, [object, string[]]> = {
  'above all': [{ rating: { min: 6 } }, []],
  'above all, or': [{ rating: { min: 6 }, or: [{ text: 'best' }] }, []],
  'below all': [{ rating: { min: -5, max: 0 } }, []],
  'from below': [{ rating: { min: -5 } }, ['best', 'worst']],
  'from below on': [{ rating: { min: 0, max: 4 } }, ['worst']],
  'not above all': [{ not: { rating: { min: 6 } } }, ['best', 'unrated', 'worst']],
  'up to above': [{ and: [{ rating: { min: 2, max: 9 } }] }, ['best']],
};

describe('ratings that there are not, in filters that an earlier version stored', () => {
  const database = emptyEmbeddedDatabase();
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer({
      database,
      prepare: async (prisma, libraryId) => {
        for (const [originalName, rating] of [
          ['best', 5],
          ['worst', 1],
          ['unrated', null],
        ] as const)
          // prettier-ignore
          await insertAsset(prisma, libraryId, { originalName, rating });
        const row = (name: string, query: object) => ({ id: randomUUID(), libraryId, name, nameKey: name, query });
        await prisma.collection.createMany({
          data: Object.entries(FILTERS).map(([name, [filter]]) => row(name, { version: 1, filter })),
        });
        const filter = FILTERS['above all']![0];
        await prisma.savedSearch.create({
          data: row('search', { version: 1, query: 'best', mode: 'KEYWORD', filter }),
        });
      },
    });
  });
  afterAll(() => server.close());

  test('find what they found, and no new one is stored', async () => {
    const { collections, savedSearches } = await server.data(`{
      collections { edges { node { name assetCount assets { edges { node { originalName } } } } } }
      savedSearches { edges { node { results { edges { node { id } } } } } } }`);
    type Found = { name: string; assetCount: number; assets: { edges: { node: { originalName: string } }[] } };
    const found = collections.edges.map(({ node: { name, assetCount, assets } }: { node: Found }) => {
      const names = assets.edges.map(({ node }) => node.originalName).sort();
      expect(assetCount).toBe(names.length);
      return [name, names];
    });
    expect(found).toEqual(Object.entries(FILTERS).map(([name, [, names]]) => [name, names]));
    expect(savedSearches.edges).toEqual([{ node: { results: { edges: [] } } }]);
    const create = 'mutation ($input: CollectionInput!) { createCollection(input: $input) { __typename } }';
    for (const [name, [filter]] of Object.entries(FILTERS))
      expect(await server.code(create, { input: { name: `new ${name}`, query: { filter } } })).toBe('INVALID_FILTER');
  });
});
