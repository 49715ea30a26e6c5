import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { emptyEmbeddedDatabase } from '../support/databases.js';
import { sample } from '../support/pictures.js';
import { startServer, type TestServer } from '../support/server.js';

const QUERY = { version: 1, query: '-boat' };

describe('queries of nothing but what they exclude, which an earlier version stored', () => {
  const database = emptyEmbeddedDatabase();
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer({
      database,
      prepare: async (prisma, libraryId) => {
        const row = (name: string) => ({
          id: randomUUID(),
          libraryId,
          name,
          nameKey: name.toLowerCase(),
          query: QUERY,
        });
        await prisma.collection.createMany({ data: [row('Stored'), { ...row('Chosen'), query: undefined }] });
        await prisma.savedSearch.create({ data: row('Stored') });
      },
    });
    await server.add([sample('cat-face')]);
  });
  afterAll(() => server.close());

  test('are answered as before, beside others, and no new one is stored', async () => {
    const { collections, savedSearches } = await server.data(`{
      collections { edges { node { name assets { edges { node { originalName } } } } } }
      savedSearches { edges { node { name results { edges { node { originalName } } } } } } }`);
    const cat = { edges: [{ node: { originalName: 'cat-face.jpg' } }] };
    expect(collections.edges.map(({ node }: { node: object }) => node)).toEqual([
      { name: 'Chosen', assets: { edges: [] } },
      { name: 'Stored', assets: cat },
    ]);
    expect(savedSearches.edges).toEqual([{ node: { name: 'Stored', results: cat } }]);
    const create = 'mutation ($input: CollectionInput!) { createCollection(input: $input) { __typename } }';
    expect(await server.code(create, { input: { name: 'New', query: { query: '-boat' } } })).toBe('INVALID_ARGUMENT');
  });
});
