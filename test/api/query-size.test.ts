import { getIntrospectionQuery } from 'graphql';
import { createClient } from 'graphql-ws';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { insertAsset } from '../support/rows.js';
import { startServer, type TestServer } from '../support/server.js';
import { statementsOf } from '../support/statements.js';

const OF_ASSETS = (first: string, of: string) => `assets(first: ${first}) { edges { node { ${of} } } }`;
const PAGES = (first: number) => `{ ${OF_ASSETS('50', `collections { ${OF_ASSETS(String(first), 'id')} }`)} }`;
const THREE_LEVELS = `{ ${OF_ASSETS('200', `collections { ${OF_ASSETS('200', `collections { ${OF_ASSETS('200', 'id')} }`)} }`)} }`;
const SEARCH = 'searchByText(query: "a boat", first: 1) { edges { node { id } } }';
const FACETS = 'facets(of: [TAG]) { values { count } }';

const times = (count: number, field: string) => Array.from({ length: count }, (_, i) => `a${i}: ${field}`).join(' ');

/** Each spreads the next twice. */
const DOUBLING = `{ ...F0 } ${Array.from({ length: 60 }, (_, i) => `fragment F${i} on Query { ...F${i + 1} ...F${i + 1} }`).join(' ')}
  fragment F60 on Query { __typename @skip(if: true) }`;

describe('what a request asks for', () => {
  let server: TestServer;
  beforeAll(async () => {
    const ids: string[] = [];
    server = await startServer({
      keys: { me: { role: 'EDITOR' }, viewer: { role: 'VIEWER' } },
      prepare: async (prisma, libraryId) => {
        for (let asset = 0; asset < 200; asset++) ids.push(await insertAsset(prisma, libraryId));
      },
    });
    const create = 'mutation { createCollection(input: { name: "all" }) { collection { id } } }';
    const { collection } = (await server.data(create, {}, 'me')).createCollection;
    const add =
      'mutation ($id: ID!, $assetIds: [ID!]!) { addToCollection(id: $id, assetIds: $assetIds) { assets { id } } }';
    await server.data(add, { id: collection.id, assetIds: ids }, 'me');
  });
  afterAll(() => server.close());

  test.each<[string, string, object?]>([
    ['pages of pages of pages', THREE_LEVELS],
    ['one more in each page than is allowed', PAGES(17)],
    [
      'pages by a variable',
      `query ($n: Int) { ${OF_ASSETS('$n', `collections { ${OF_ASSETS('$n', 'id')} }`)} }`,
      { n: 200 },
    ],
    [
      'pages by the default of a variable',
      `query ($n: Int = 200) { ${OF_ASSETS('$n', `collections { ${OF_ASSETS('$n', 'id')} }`)} }`,
    ],
    [
      'pages of no given size',
      `{ assets { edges { node { collections { assets { edges { node { id url } } } } } } } }`,
    ],
    [
      'pages in fragments',
      `query { ...A } fragment A on Query { ${OF_ASSETS('200', '...B')} }
       fragment B on Asset { ... on Asset { collections { ${OF_ASSETS('200', 'id')} } } }`,
    ],
    ['aliases in a page', `{ ${OF_ASSETS('200', times(300, 'originalName'))} }`],
    ['many searches', `{ ${times(100, SEARCH)} }`],
    ['many counts', `{ ${times(500, FACETS)} }`],
    [
      'many saved searches',
      `{ savedSearches(first: 200) { edges { node { results(first: 1) { edges { node { id } } } } } } }`,
    ],
    ['the schema many times', `{ ${times(10, '__schema { types { name } }')} }`],
    ['a negative page beside another', `{ b: ${OF_ASSETS('-1000', times(100, 'id'))} ${PAGES(17).slice(1)}`],
    ['fragments that double', DOUBLING],
  ])('%s is too much', async (_, query, variables) => {
    const { data, errors, status } = await server.gql(query, variables, 'viewer');
    expect([status, data, errors?.[0]?.extensions]).toEqual([
      400,
      undefined,
      { code: 'QUERY_TOO_LARGE', isRetryable: false },
    ]);
    expect(errors![0]!.message).toMatch(
      /^expected at most \d+ (?:values|selections) for the query, received (?:\d+|more)$/,
    );
  });

  test('less is answered', async () => {
    const { assets } = await server.data(PAGES(16), {}, 'viewer');
    expect(assets.edges).toHaveLength(50);
    expect(assets.edges[0].node.collections[0].assets.edges).toHaveLength(16);
    await server.data(`{ ${times(50, SEARCH)} }`, {}, 'viewer');
    await server.data(getIntrospectionQuery({ inputValueDeprecation: true, oneOf: true }), {}, 'viewer');
    const skipped = 'query ($isSkipped: Boolean!) { __typename ...A @skip(if: $isSkipped) } fragment A on Query';
    await server.data(`${skipped} ${THREE_LEVELS}`, { isSkipped: true }, 'viewer');
  });

  test('the addresses of as many files as may be asked for take one look at their secret', async () => {
    const statements = await statementsOf(async () => {
      const { assets } = await server.data(`{ ${OF_ASSETS('200', times(240, 'url'))} }`, {}, 'viewer');
      expect(new Set(assets.edges.flatMap(({ node }: { node: object }) => Object.values(node))).size).toBe(200);
    });
    expect(statements.filter(({ text }) => text.includes('"file_secret"'))).toHaveLength(1);
  });

  test('a page that no list has is a mistake about the page', async () => {
    expect(await server.code(`{ ${OF_ASSETS('100000', 'id')} }`, {}, 'viewer')).toBe('INVALID_ARGUMENT');
  });

  test('so it is over a WebSocket, and as server-sent events', async () => {
    const client = createClient({
      url: `${server.url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      connectionParams: server.headers('viewer'),
    });
    await expect(client.iterate({ query: THREE_LEVELS }).next()).rejects.toMatchObject([
      { extensions: { code: 'QUERY_TOO_LARGE', isRetryable: false } },
    ]);
    await client.dispose();
    const answer = await fetch(`${server.url}/graphql/stream`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream', ...server.headers('viewer') },
      body: JSON.stringify({ query: THREE_LEVELS }),
    });
    expect(await answer.text()).toContain('QUERY_TOO_LARGE');
  });
});
