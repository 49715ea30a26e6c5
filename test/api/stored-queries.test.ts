import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Prisma, PrismaClient } from '#dist/database/database.js';
import { emptyEmbeddedDatabase } from '../support/databases.js';
import { inLibraries } from '../support/libraries.js';
import { sample } from '../support/pictures.js';
import { insertAsset } from '../support/rows.js';
import { startServer, type TestServer } from '../support/server.js';

const CREATE = 'mutation ($input: CollectionInput!) { createCollection(input: $input) { __typename } }';
const FILTERS: Record<string, [object, string[]]> = {
  'above all': [{ rating: { min: 6 } }, []],
  'above all, or': [{ rating: { min: 6 }, or: [{ text: 'best' }] }, []],
  'below all': [{ rating: { min: -5, max: 0 } }, []],
  'from below': [{ rating: { min: -5 } }, ['best', 'worst']],
  'from below on': [{ rating: { min: 0, max: 4 } }, ['worst']],
  'not above all': [{ not: { rating: { min: 6 } } }, ['best', 'unrated', 'worst']],
  'up to above': [{ and: [{ rating: { min: 2, max: 9 } }] }, ['best']],
};

async function storeRatings(prisma: PrismaClient, libraryId: string): Promise<void> {
  const assets = { best: 5, worst: 1, unrated: null };
  for (const [originalName, rating] of Object.entries(assets))
    await insertAsset(prisma, libraryId, { originalName, rating });
  const row = (name: string, query: object) => ({ id: randomUUID(), libraryId, name, nameKey: name, query });
  await prisma.collection.createMany({
    data: Object.entries(FILTERS).map(([name, [filter]]) => row(name, { version: 1, filter })),
  });
  const filter = FILTERS['above all']![0];
  await prisma.savedSearch.create({ data: row('search', { version: 1, query: 'best', mode: 'KEYWORD', filter }) });
}

async function storeExclusions(prisma: PrismaClient, libraryId: string): Promise<void> {
  const query = { version: 1, query: '-boat' };
  const row = (name: string) => ({ id: randomUUID(), libraryId, name, nameKey: name.toLowerCase(), query });
  await prisma.collection.createMany({ data: [row('Stored'), { ...row('Chosen'), query: undefined }] });
  await prisma.savedSearch.create({ data: row('Stored') });
}

/** By name: filters with what this version does not know. */
const LATER: Record<string, object> = {
  condition: { and: [{ isOfALaterVersion: true }] },
  label: { not: { labels: [{ name: 'cat' }, { name: 'cat', isOfALaterVersion: true }] } },
  range: { width: { min: 1, isOfALaterVersion: true } },
};

async function storeLater(prisma: PrismaClient, libraryId: string): Promise<void> {
  const rows = Object.entries(LATER).map(([name, filter]) => {
    const query = { version: 1, query: 'a cat', filter: filter as Prisma.InputJsonObject };
    return { id: randomUUID(), libraryId, name, nameKey: name, query };
  });
  await prisma.savedSearch.createMany({ data: rows });
  const filters = [...Object.entries(LATER), ['known', { isTagged: true }]] as [string, Prisma.InputJsonObject][];
  const queries: [string, Prisma.InputJsonObject][] = [
    ...filters.map(([name, filter]): [string, Prisma.InputJsonObject] => [name, { version: 1, filter }]),
    ['version', { version: 2, filter: {} }],
  ];
  await prisma.collection.createMany({
    data: queries.map(([name, query]) => ({ id: randomUUID(), libraryId, name, nameKey: name, query })),
  });
  await insertAsset(prisma, libraryId, { originalName: 'tagged', tags: ['a tag'] });
}

describe('what another version stored', () => {
  const database = emptyEmbeddedDatabase();
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer({
      database,
      ...inLibraries({ ratings: storeRatings, exclusions: storeExclusions, later: storeLater }),
    });
    await server.add([sample('cat-face')], {}, 'exclusions');
  });
  afterAll(() => server.close());

  test('of ratings that there are not finds what it found, and no new one is stored', async () => {
    const { collections, savedSearches } = await server.data(
      `{
      collections { edges { node { name assetCount assets { edges { node { originalName } } } } } }
      savedSearches { edges { node { results { edges { node { id } } } } } } }`,
      {},
      'ratings',
    );
    type Found = { name: string; assetCount: number; assets: { edges: { node: { originalName: string } }[] } };
    const found = collections.edges.map(({ node: { name, assetCount, assets } }: { node: Found }) => {
      const names = assets.edges.map(({ node }) => node.originalName).sort();
      expect(assetCount).toBe(names.length);
      return [name, names];
    });
    expect(found).toEqual(Object.entries(FILTERS).map(([name, [, names]]) => [name, names]));
    expect(savedSearches.edges).toEqual([{ node: { results: { edges: [] } } }]);
    for (const [name, [filter]] of Object.entries(FILTERS))
      expect(await server.code(CREATE, { input: { name: `new ${name}`, query: { filter } } }, 'ratings')).toBe(
        'INVALID_FILTER',
      );
  });

  test('of nothing but what it excludes is answered as before, beside others, and no new one is stored', async () => {
    const { collections, savedSearches } = await server.data(
      `{
      collections { edges { node { name assets { edges { node { originalName } } } } } }
      savedSearches { edges { node { name results { edges { node { originalName } } } } } } }`,
      {},
      'exclusions',
    );
    const cat = { edges: [{ node: { originalName: 'cat-face.jpg' } }] };
    expect(collections.edges.map(({ node }: { node: object }) => node)).toEqual([
      { name: 'Chosen', assets: { edges: [] } },
      { name: 'Stored', assets: cat },
    ]);
    expect(savedSearches.edges).toEqual([{ node: { name: 'Stored', results: cat } }]);
    expect(await server.code(CREATE, { input: { name: 'New', query: { query: '-boat' } } }, 'exclusions')).toBe(
      'INVALID_ARGUMENT',
    );
  });

  test('and cannot be read by this one leaves the collections beside it as they are', async () => {
    const { data, errors } = await server.gql(
      `{ collections { edges { node {
        name assetCount cover { originalName } assets { edges { node { originalName } } } } } } }`,
      {},
      'later',
    );
    const unread = { assetCount: null, cover: null, assets: null };
    const tagged = { originalName: 'tagged' };
    expect(data.collections.edges.map(({ node }: { node: object }) => node)).toEqual([
      { name: 'condition', ...unread },
      { name: 'known', assetCount: 1, cover: tagged, assets: { edges: [{ node: tagged }] } },
      { name: 'label', ...unread },
      { name: 'range', ...unread },
      { name: 'version', ...unread },
    ]);
    const told = errors!.map(({ path, extensions }) => `${path!.slice(1).join('.')} ${extensions.code}`);
    const expected = [0, 2, 3, 4].flatMap((place) =>
      Object.keys(unread).map((field) => `edges.${place}.node.${field} ${place === 4 ? 'INTERNAL' : 'INVALID_FILTER'}`),
    );
    expect(told.toSorted()).toEqual(expected.toSorted());
  });

  test('of a condition that this one does not know, finds nothing instead of everything', async () => {
    const { savedSearches } = await server.data('{ savedSearches { edges { node { id name } } } }', {}, 'later');
    const query = 'query ($id: ID!) { savedSearch(id: $id) { results { edges { node { id } } } } }';
    const codes = new Map<string, string | undefined>();
    for (const { node } of savedSearches.edges)
      codes.set(node.name, await server.code(query, { id: node.id }, 'later'));
    expect(Object.fromEntries(codes)).toEqual(
      Object.fromEntries(Object.keys(LATER).map((name) => [name, 'INVALID_FILTER'])),
    );
  });
});
