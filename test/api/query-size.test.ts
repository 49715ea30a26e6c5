import { randomUUID } from 'node:crypto';
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
const NODE = 'node(id: "00000000-0000-4000-8000-000000000000") { id }';
const FACETS = 'facets(of: [TAG]) { values { count } }';

const times = (count: number, field: string) => Array.from({ length: count }, (_, i) => `a${i}: ${field}`).join(' ');

/** Each fragment spreads the next twice. */
const doubled = (
  count: number,
  field: string,
) => `...F0 } ${Array.from({ length: count }, (_, i) => `fragment F${i} on Query { ...F${i + 1} ...F${i + 1} }`).join(' ')}
  fragment F${count} on Query { ${field} }`;

const FILTERED = 'query ($filters: [AssetFilter!]) {';
const filtered = (filters: string) => `assets(filter: { and: ${filters} }) { totalCount }`;
const emptyFilters = (count: number) => Array.from({ length: count }, () => ({}));
const WITH_FILTERS = `[${'{}'.repeat(4_700)}]`;

/** Fields that answer with one entry for each of a list that they are given as `$of`, its type, and one of its entries. */
const PER_ENTRY: readonly [field: string, type: string, entry?: object][] = [
  ['assetsByIds(ids: $of) { NODE }', '[ID!]!'],
  ['updateAssets(ids: $of, input: { rating: 3 }) { assets { NODE } }', '[ID!]!'],
  ['trashAssets(ids: $of) { assets { NODE } }', '[ID!]!'],
  ['restoreAssets(ids: $of) { assets { NODE } }', '[ID!]!'],
  ['retryAssets(ids: $of) { assets { NODE } }', '[ID!]!'],
  ['deleteAssets(ids: $of) { TEXTS: deletedIds }', '[ID!]!'],
  ['deleteLabels(ids: $of) { TEXTS: deletedIds }', '[ID!]!'],
  ['dismissDuplicates(ids: $of) { assets { NODE } }', '[ID!]!'],
  ['resolveDuplicates(keep: "none", trash: $of) { trashed { NODE } }', '[ID!]!'],
  ['addToCollection(id: "none", assetIds: $of) { assets { NODE } }', '[ID!]!'],
  ['removeFromCollection(id: "none", assetIds: $of) { assets { NODE } }', '[ID!]!'],
  ['addLabels(assetIds: $of, labels: ["cat"]) { assets { NODE } }', '[ID!]!'],
  ['removeLabels(assetIds: $of, labels: ["cat"]) { assets { NODE } }', '[ID!]!'],
  ['labelAssets(assetIds: $of, labels: ["cat"]) { assets { NODE } }', '[ID!]!'],
  ['reviewLabels(decisions: $of) { assets { NODE } }', '[LabelDecision!]!', { labelId: 'none', state: 'ACCEPTED' }],
];

describe('what a request asks for', () => {
  let server: TestServer;
  beforeAll(async () => {
    const ids: string[] = [];
    server = await startServer({
      keys: { me: { role: 'EDITOR' }, viewer: { role: 'VIEWER' }, admin: { role: 'ADMIN' } },
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
    ['one more in each page than is allowed', PAGES(24)],
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
    ['many searches', `{ ${times(120, SEARCH)} }`],
    ['many nodes', `{ ${times(120, NODE)} }`],
    ['many counts', `{ ${times(500, FACETS)} }`],
    [
      'many saved searches',
      `{ savedSearches(first: 200) { edges { node { results(first: 1) { edges { node { id } } } } } } }`,
    ],
    [
      'what labels came out for',
      `{ classifications(first: 1) { edges { node { labels { bands { examples { ${times(40, 'title')} } } } } } } }`,
    ],
    [
      'facets of all fields',
      `{ ${times(100, 'facets(of: [TAG, LABEL, CAMERA_MAKE, YEAR, MONTH]) { values { value count } }')} }`,
    ],
    ['the schema many times', `{ ${times(12, '__schema { types { name } }')} }`],
    ['a negative page beside another', `{ b: ${OF_ASSETS('-1000', times(100, 'id'))} ${PAGES(24).slice(1)}`],
    [
      'something beside what is asked for of no ids, without end',
      `{ assetsByIds(ids: []) { ${'collections { assets { edges { node { '.repeat(200)} id ${'} } } }'.repeat(200)} }
        ${THREE_LEVELS.slice(1)}`,
    ],
    ['fragments that double', `{ ${doubled(60, '__typename @skip(if: true)')}`],
    ['an argument in fragments that double', `{ ${doubled(11, filtered(WITH_FILTERS))}`],
    [
      'a variable of many aliases',
      `${FILTERED} ${times(50, filtered('$filters'))} }`,
      { filters: emptyFilters(3_000) },
    ],
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
    const { assets } = await server.data(PAGES(23), {}, 'viewer');
    expect(assets.edges).toHaveLength(50);
    expect(assets.edges[0].node.collections[0].assets.edges).toHaveLength(23);
    await server.data(`{ ${times(50, SEARCH)} }`, {}, 'viewer');
    await server.data(getIntrospectionQuery({ inputValueDeprecation: true, oneOf: true }), {}, 'viewer');
    const skipped = 'query ($isSkipped: Boolean!) { __typename ...A @skip(if: $isSkipped) } fragment A on Query';
    await server.data(`${skipped} ${THREE_LEVELS}`, { isSkipped: true }, 'viewer');
  });

  test.each(PER_ENTRY)('%s is as long as what it is given', async (field, type, entry) => {
    const selected = field
      .replace('NODE', `collections { ${OF_ASSETS('1', 'id')} }`)
      .replace('TEXTS: deletedIds', times(100, 'deletedIds'));
    const query = `${field.startsWith('assetsByIds') ? 'query' : 'mutation'} ($of: ${type}) { ${selected} }`;
    const answer = (count: number) => {
      const ids = Array.from({ length: count }, () => randomUUID());
      return server.gql(query, { of: entry ? ids.map((assetId) => ({ assetId, ...entry })) : ids }, 'admin');
    };
    expect((await answer(2)).errors).toBeUndefined();
    expect((await answer(600)).errors).toMatchObject([{ extensions: { code: 'QUERY_TOO_LARGE' } }]);
  });

  test('what a payload has once counts once, however many assets it is about', async () => {
    const assetIds = Array.from({ length: 1_000 }, () => randomUUID());
    const query = `mutation ($assetIds: [ID!]!) { addToCollection(id: "none", assetIds: $assetIds) {
      assets { id } collection { name assetCount ${OF_ASSETS('200', times(15, 'title'))} } userErrors { code } } }`;
    expect((await server.gql(query, { assetIds }, 'me')).errors).toBeUndefined();
  });

  test('as many assets as a change may be about are answered with what is shown of each', async () => {
    const assetIds = Array.from({ length: 1_000 }, () => randomUUID());
    const decisions = assetIds.map((assetId) => ({ assetId, labelId: 'none', state: 'ACCEPTED' }));
    const scalars = `id title description originalName mimeType width height byteSize state url downloadUrl isFavourite rating
      tags capturedAt uploadedAt updatedAt trashedAt creator credit`;
    const labelled = `mutation ($assetIds: [ID!]!) { addLabels(assetIds: $assetIds, labels: ["cat"]) {
      assets { originalName labels { name source state probability } } userErrors { code message } } }`;
    const updated = `mutation ($assetIds: [ID!]!) { updateAssets(ids: $assetIds, input: { rating: 3 }) {
      assets { ${scalars} } userErrors { code message assetId } } }`;
    const decided = `mutation ($decisions: [LabelDecision!]!) { reviewLabels(decisions: $decisions) {
      batchId outcomes { __typename
        ... on ReviewedLabel { assetId labelId state revision }
        ... on ReviewConflict { assetId labelId currentState currentRevision }
        ... on UnknownDecision { assetId labelId message } }
      assets { ${scalars} } } }`;
    expect((await server.gql(labelled, { assetIds }, 'me')).errors).toBeUndefined();
    expect((await server.gql(updated, { assetIds }, 'me')).errors).toBeUndefined();
    expect((await server.gql(decided, { decisions }, 'me')).errors).toBeUndefined();
  });

  test('what is taken back is answered with all that an asset has', async () => {
    const undo = (of: string) => `mutation { undoReview { assets { ${of} } userErrors { code } } }`;
    const labels = 'labels(withRejected: true) { id labelId labelSetId name source state probability revision }';
    expect((await server.gql(undo(`id title ${labels}`), {}, 'me')).errors).toBeUndefined();
    expect(await server.code(undo(times(125, 'title')), {}, 'me')).toBe('QUERY_TOO_LARGE');
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

  test.each<[string, string, string, object]>([
    ['filters', '[AssetFilter!]', 'assets(filter: { and: $of }) { totalCount }', emptyFilters(5_000)],
    ['ids', '[ID!]', 'similarImages(assetIds: $of) { edges { score } }', Array(200_000).fill('an id')],
    ['values that are none', '[JobState!]', 'jobs(states: $of) { edges { node { id } } }', Array(200_000).fill('XX')],
    [
      'fields that are none',
      'AssetFilter',
      'assets(filter: $of) { totalCount }',
      Object.fromEntries(Array.from({ length: 200_000 }, (_, i) => [`field${i}`, 1])),
    ],
  ])('%s without end are too much before they are looked at', async (_, type, field, of) => {
    const { status, errors } = await server.gql(`query ($of: ${type}) { ${field} }`, { of }, 'viewer');
    expect([status, errors]).toEqual([
      400,
      [
        {
          message: 'expected at most 200000 values for the variables, received more',
          extensions: { code: 'QUERY_TOO_LARGE', isRetryable: false },
        },
      ],
    ]);
  });

  test('of many values that do not fit the first is the mistake, and the rest is not looked at', async () => {
    const states = { of: Array(150_000).fill('XX') };
    const { errors } = await server.gql(
      'query ($of: [JobState!]) { jobs(states: $of) { edges { node { id } } } }',
      states,
      'viewer',
    );
    expect(errors).toMatchObject([
      { message: expect.stringContaining('of[0]'), extensions: { code: 'INVALID_ARGUMENT' } },
    ]);
    const fields = Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`field${i}`, 1]));
    const query = 'query ($of: AssetFilter) { assets(filter: $of) { totalCount } }';
    expect(await server.code(query, { of: fields }, 'viewer')).toBe('INVALID_ARGUMENT');
  });

  test('an argument that is a mistake is one, however often its fragment is spread', async () => {
    const query = `query ($k: Int = 8) { ${doubled(11, `clusters(filter: { and: ${WITH_FILTERS} }, k: $k) { clusters { name } }`)}`;
    expect(await server.code(query, { k: null }, 'viewer')).toBe('INVALID_ARGUMENT');
  });

  test('as many labels as a request may bring are not too many values', async () => {
    const texts = (label: number, what: string) => Array.from({ length: 50 }, (_, i) => `${what} ${label} ${i}`);
    const labels = Array.from({ length: 1_000 }, (_, i) => ({
      name: `label ${i}`,
      synonyms: texts(i, 'synonym'),
      prompts: texts(i, 'prompt'),
    }));
    const query =
      'mutation ($labels: [LabelInput!]!) { createLabels(labelSetId: "none", labels: $labels) { userErrors { code } } }';
    const { createLabels } = await server.data(query, { labels }, 'me');
    expect(createLabels.userErrors).toEqual([{ code: 'LABEL_SET_NOT_FOUND' }]);
  });

  test.each<[string, { query: string; variables?: Record<string, unknown> }]>([
    ['a query', { query: THREE_LEVELS }],
    ['variables', { query: `${FILTERED} ${filtered('$filters')} }`, variables: { filters: emptyFilters(5_000) } }],
  ])('so it is with %s over a WebSocket, and as server-sent events', async (_, request) => {
    const client = createClient({
      url: `${server.url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      connectionParams: server.headers('viewer'),
    });
    await expect(client.iterate(request).next()).rejects.toMatchObject([
      { extensions: { code: 'QUERY_TOO_LARGE', isRetryable: false } },
    ]);
    await client.dispose();
    const answer = await fetch(`${server.url}/graphql/stream`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream', ...server.headers('viewer') },
      body: JSON.stringify(request),
    });
    expect(await answer.text()).toContain('QUERY_TOO_LARGE');
  });
});
