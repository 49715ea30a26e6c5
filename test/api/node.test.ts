import { readFileSync } from 'node:fs';
import { buildSchema, isInterfaceType, isObjectType, getNamedType } from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { numberedPng } from '../support/pictures.js';
import { startServer, type TestServer } from '../support/server.js';

const NOWHERE = '00000000-0000-4000-8000-000000000000';
const NODE = `query ($id: ID!) { node(id: $id) { __typename id
  ... on Asset { originalName url }
  ... on Collection { name }
  ... on LabelSet { name labels { name } }
  ... on SavedSearch { name }
  ... on Classification { total } } }`;
const ASSETS = `query ($id: ID!, $after: String) { node(id: $id) { ... on Collection {
  assets(first: 1, after: $after) { edges { node { id } } pageInfo { hasNextPage endCursor } } } } }`;

describe('node', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer({ keys: { one: { role: 'EDITOR' }, other: { role: 'ADMIN', library: 'other' } } });
  });
  afterAll(() => server.close());

  const node = async (id: string, key = 'one') => (await server.data(NODE, { id }, key)).node;
  const upload = async (number: number): Promise<string> =>
    (await server.upload([await numberedPng(number)], {}, 'one'))[0].asset.id;
  const make = async (document: string): Promise<string> => {
    const data = Object.values(await server.data(`mutation { made: ${document} }`, {}, 'one'))[0] as object;
    return (Object.values(data)[0] as { id: string }).id;
  };

  test('is whatever can be asked for by its id, and nothing of another library', async () => {
    const asset = await upload(1);
    const collection = await make('createCollection(input: { name: "Best" }) { collection { id } }');
    const labels = 'labels: [{ name: "fern" }]';
    const labelSet = await make(`createLabelSet(input: { name: "Plants", ${labels} }) { labelSet { id } }`);
    const search = await make('createSavedSearch(name: "Sea", search: { query: "sea" }) { savedSearch { id } }');
    const run = await make(`classifyAssets(labelSetId: "${labelSet}") { classification { id } }`);
    const url = expect.stringContaining(asset);
    expect(await node(asset)).toEqual({ __typename: 'Asset', id: asset, originalName: '1.png', url });
    expect(await node(collection)).toEqual({ __typename: 'Collection', id: collection, name: 'Best' });
    expect(await node(labelSet)).toEqual({
      __typename: 'LabelSet',
      id: labelSet,
      name: 'Plants',
      labels: [{ name: 'fern' }],
    });
    expect(await node(search)).toEqual({ __typename: 'SavedSearch', id: search, name: 'Sea' });
    expect(await node(run)).toEqual({ __typename: 'Classification', id: run, total: 1 });

    for (const id of [asset, collection, labelSet, search, run]) expect(await node(id, 'other')).toBeNull();
    for (const id of [NOWHERE, 'no id']) expect(await node(id)).toBeNull();
  });

  test('pages through what it has, within the size of a query', async () => {
    const ids = [await upload(2), await upload(3)];
    const id = await make('createCollection(input: { name: "Two" }) { collection { id } }');
    const add = 'mutation ($id: ID!, $ids: [ID!]!) { addToCollection(id: $id, assetIds: $ids) { collection { id } } }';
    await server.data(add, { id, ids }, 'one');
    const { assets: first } = (await server.data(ASSETS, { id }, 'one')).node;
    const { assets: second } = (await server.data(ASSETS, { id, after: first.pageInfo.endCursor }, 'one')).node;
    expect([first, second].map(({ edges }) => edges)).toEqual(ids.map((each) => [{ node: { id: each } }]));
    expect(second.pageInfo.hasNextPage).toBe(false);

    const values = Array.from({ length: 340 }, (_, index) => `v${index}: id`).join(' ');
    const large = `query ($id: ID!) { node(id: $id) { ... on Collection {
      assets(first: 200) { edges { node { ${values} } } } } } }`;
    expect(await server.code(large, { id }, 'one')).toBe('QUERY_TOO_LARGE');
  });

  test('is every type that has a query by its id', () => {
    const schema = buildSchema(readFileSync('schema.graphql', 'utf8'));
    const byId = Object.values(schema.getQueryType()!.getFields()).flatMap(({ args, type }) => {
      const named = getNamedType(type);
      return args.length === 1 && args[0]!.name === 'id' && isObjectType(named) ? named.name : [];
    });
    const interfaceType = schema.getType('Node');
    const types = isInterfaceType(interfaceType) ? schema.getPossibleTypes(interfaceType) : [];
    expect(types.map(({ name }) => name).sort()).toEqual(byId.sort());
    expect(byId).toContain('Asset');
  });
});
