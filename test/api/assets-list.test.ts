import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { describeOnEveryDatabase } from '../support/databases.js';
import { insertAsset } from '../support/rows.js';
import { startServer, type TestServer } from '../support/server.js';
import { statementsOf } from '../support/statements.js';

const DAY = (day: number) => new Date(Date.UTC(2024, 0, day));
/** What the list is made of: ties in every order, and assets without a date of capture or a rating. */
const ROWS = Array.from({ length: 60 }, (_, index) => ({
  originalName: `${['Beta', 'alpha', 'Ärger', 'zeta'][index % 4]}-${Math.floor(index / 8)}.jpg`,
  byteSize: 1_000 * (index % 7) + 1,
  uploadedAt: DAY(1 + (index % 9)),
  capturedAt: index % 3 === 0 ? null : DAY(1 + (index % 5)),
  rating: index % 4 === 0 ? null : 1 + (index % 5),
}));
const TRASHED = Array.from({ length: 20 }, (_, index) => ({ trashedAt: DAY(1 + (index % 3)) }));

const PAGE = `query ($filter: AssetFilter, $orderBy: AssetOrder, $first: Int, $after: String) {
  assets(filter: $filter, orderBy: $orderBy, first: $first, after: $after) {
    totalCount
    edges { cursor node { id originalName byteSize uploadedAt capturedAt rating trashedAt } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}`;

describeOnEveryDatabase('the list of assets', (database) => {
  let server: TestServer;
  const trashedIds: string[] = [];
  beforeAll(async () => {
    server = await startServer({
      database,
      prepare: async (prisma, libraryId) => {
        for (const row of ROWS) await insertAsset(prisma, libraryId, row);
        for (const row of TRASHED) trashedIds.push(await insertAsset(prisma, libraryId, row));
      },
    });
  });
  afterAll(() => server.close());

  async function walk(variables: object, total = ROWS.length) {
    // oxlint-disable-next-line typescript/no-explicit-any
    const nodes: any[] = [];
    for (let after: string | null = null; ;) {
      const { assets } = await server.data(PAGE, { ...variables, after });
      expect(assets.pageInfo.hasPreviousPage).toBe(after !== null);
      expect(assets.pageInfo.endCursor).toBe(assets.edges.at(-1).cursor);
      expect(assets.totalCount).toBe(total);
      // oxlint-disable-next-line typescript/no-explicit-any
      nodes.push(...assets.edges.map(({ node }: any) => node));
      if (!assets.pageInfo.hasNextPage) return nodes;
      after = assets.pageInfo.endCursor;
    }
  }

  const VALUES = {
    UPLOADED_AT: 'uploadedAt',
    CAPTURED_AT: 'capturedAt',
    NAME: 'originalName',
    SIZE: 'byteSize',
    RATING: 'rating',
  } as const;
  const orders = Object.entries(VALUES).flatMap(([field, name]) =>
    ['ASC', 'DESC'].map((direction) => ({ field, direction, name })),
  );

  test.each(orders)(
    'by $field $direction every asset comes once, in the same order at every page size',
    async (order) => {
      const { field, direction, name } = order;
      const orderBy = { field, direction };
      const nodes = await walk({ orderBy, first: 7 });
      expect(new Set(nodes.map(({ id }) => id)).size).toBe(ROWS.length);
      expect(await walk({ orderBy, first: 60 })).toEqual(nodes);
      const values = nodes.map((node) => node[name]);
      const present = values.filter((value) => value !== null);
      // Those without a value stand last in both directions.
      expect(values.slice(present.length).every((value) => value === null)).toBe(true);
      const key = (value: string | number) => (field === 'NAME' ? String(value).toLowerCase() : value);
      const sorted = present.toSorted((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0));
      expect(present).toEqual(direction === 'ASC' ? sorted : sorted.reverse());
    },
  );

  test('by name the one order is the other turned round', async () => {
    const up = await walk({ orderBy: { field: 'NAME', direction: 'ASC' }, first: 60 });
    const down = await walk({ orderBy: { field: 'NAME', direction: 'DESC' }, first: 60 });
    expect(down.reverse()).toEqual(up);
  });

  test.each(['ASC', 'DESC'])(
    'the trash by TRASHED_AT %s, each once, in the same order at every page size',
    async (direction) => {
      const variables = { orderBy: { field: 'TRASHED_AT', direction }, filter: { isTrashed: true } };
      const nodes = await walk({ ...variables, first: 3 }, TRASHED.length);
      expect(nodes).toHaveLength(TRASHED.length);
      expect(new Set(nodes.map(({ id }) => id))).toEqual(new Set(trashedIds));
      expect(await walk({ ...variables, first: 50 }, TRASHED.length)).toEqual(nodes);
      const keys = nodes.map(({ trashedAt, id }) => `${trashedAt} ${id}`);
      expect(keys).toEqual(direction === 'ASC' ? keys.toSorted() : keys.toSorted().reverse());
    },
  );

  test.each([null, {}, { isTrashed: false }])('by TRASHED_AT only the trash: %j is refused', async (filter) => {
    const orderBy = { field: 'TRASHED_AT', direction: 'DESC' };
    expect(await server.code(PAGE, { filter, orderBy })).toBe('INVALID_ARGUMENT');
  });

  test('the latest upload comes first when no order is asked for', async () => {
    const orderBy = { field: 'UPLOADED_AT', direction: 'DESC' };
    expect(await walk({ first: 200 })).toEqual(await walk({ orderBy, first: 200 }));
  });

  test('an empty page has no cursors', async () => {
    const { assets } = await server.data(PAGE, { filter: { text: 'nothing is called that' } });
    expect(assets).toEqual({
      totalCount: 0,
      edges: [],
      pageInfo: { hasNextPage: false, hasPreviousPage: false, startCursor: null, endCursor: null },
    });
  });

  describe('what is refused', () => {
    test.each([0, -1, 201, 1_000_000])('first: %i', async (first) => {
      expect(await server.code(PAGE, { first })).toBe('INVALID_ARGUMENT');
    });

    test.each(['', 'nonsense', 'ai1.', 'ai1.bm9uc2Vuc2U', 'ai1.WyJ4Iiwib3RoZXIiXQ', '\0', '😀'.repeat(1_000)])(
      'a cursor that nobody gave out: %j',
      async (after) => {
        expect(await server.code(PAGE, { after })).toBe('INVALID_CURSOR');
      },
    );

    test('a cursor of another order, of jobs, or of a search', async () => {
      const orderBy = { field: 'NAME', direction: 'ASC' };
      const after = (await server.data(PAGE, { orderBy, first: 1 })).assets.pageInfo.endCursor;
      expect(await server.code(PAGE, { orderBy: { ...orderBy, direction: 'DESC' }, after })).toBe('INVALID_CURSOR');
      expect(await server.code(PAGE, { after })).toBe('INVALID_CURSOR');
      expect(await server.code('query ($after: String) { jobs(after: $after) { edges { cursor } } }', { after })).toBe(
        'INVALID_CURSOR',
      );
      const search = 'query ($after: String) { searchByText(query: "a cat", after: $after) { edges { cursor } } }';
      expect(await server.code(search, { after })).toBe('INVALID_CURSOR');
    });

    test.each([
      ['UPLOADED_AT', 'a text'],
      ['UPLOADED_AT', 1e300],
      ['UPLOADED_AT', null],
      ['CAPTURED_AT', -1e300],
      ['NAME', 5],
      ['NAME', 'a\0b'],
      ['SIZE', 1.5],
      ['SIZE', 1e300],
      ['RATING', 1.5],
      ['RATING', 'five'],
    ])('a forged cursor of %s that says %j', async (field, value) => {
      const orderBy = { field, direction: 'ASC' };
      const cursor = (await server.data(PAGE, { orderBy, first: 1 })).assets.pageInfo.endCursor as string;
      const [list] = JSON.parse(Buffer.from(cursor.slice(4), 'base64url').toString()) as [string];
      const forged = `ai1.${Buffer.from(JSON.stringify([list, [value, randomUUID()]])).toString('base64url')}`;
      expect(await server.code(PAGE, { orderBy, after: forged })).toBe('INVALID_CURSOR');
    });

    test.each([
      { width: { min: 2, max: 1 } },
      { height: { min: 2, max: 1 } },
      { byteSize: { min: 2, max: 1 } },
      { uploadedAt: { min: DAY(2), max: DAY(1) } },
      { capturedAt: { min: DAY(2), max: DAY(1) } },
      { minRating: 0 },
      { minRating: 6 },
      { tagsAny: Array.from({ length: 201 }, (_, index) => `tag ${index}`) },
      { text: 'a\0b' },
      { tagsAll: ['a\0b'] },
      { labelsAny: ['a\0b'] },
      { uploadedAt: { min: '0000-01-01T00:00:00Z' } },
    ])('the filter %j', async (filter) => {
      expect(await server.code(PAGE, { filter })).toBe('INVALID_FILTER');
      const search =
        'query ($filter: AssetFilter) { searchByText(query: "a cat", filter: $filter) { edges { cursor } } }';
      expect(await server.code(search, { filter })).toBe('INVALID_FILTER');
    });

    test('a filter, an order or a date that the schema does not know', async () => {
      expect(await server.code(PAGE, { filter: { colour: 'red' } })).toBe('INVALID_ARGUMENT');
      expect(await server.code(PAGE, { orderBy: { field: 'COLOUR', direction: 'ASC' } })).toBe('INVALID_ARGUMENT');
      expect(await server.code(PAGE, { filter: { uploadedAt: { min: 'yesterday' } } })).toBe('INVALID_ARGUMENT');
    });
  });

  test.each([
    { width: { max: 10_000_000_000 } },
    { height: { min: -10_000_000_000 } },
    { byteSize: { max: Number.MAX_SAFE_INTEGER } },
    { uploadedAt: { min: '0001-01-01T00:00:00Z', max: '9999-12-31T23:59:59Z' } },
  ])('a range wider than any asset holds them all: %j', async (filter) => {
    expect((await server.data(PAGE, { filter })).assets.totalCount).toBe(ROWS.length);
  });

  test('what is in the trash is found by its id, and by no list but that of the trash', async () => {
    const query = 'query ($id: ID!) { asset(id: $id) { id trashedAt } }';
    expect((await server.data(query, { id: trashedIds[0] })).asset.trashedAt).toBe(DAY(1).toISOString());
    const { assets } = await server.data(PAGE, { filter: { isTrashed: true } });
    const found = assets.edges.map(({ node }: { node: { id: string } }) => node.id);
    expect(found.toSorted()).toEqual(trashedIds.toSorted());
  });

  test.each(['not an id', '', randomUUID(), '%', '😀'])('there is no asset %j', async (id) => {
    expect(await server.data('query ($id: ID!) { asset(id: $id) { id } }', { id })).toEqual({ asset: null });
  });

  test('a page of 50 takes as many statements as a page of 5', async () => {
    const query = `query ($first: Int) { assets(first: $first) { totalCount
      edges { node { id url rendition(size: THUMBNAIL) { url } labels { name } } } } }`;
    const statements = (first: number) => statementsOf(() => server.data(query, { first }));
    // The first one also reads the secret that signs the addresses of files.
    await statements(5);
    const few = await statements(5);
    expect(few.length).toBeGreaterThanOrEqual(3);
    expect(await statements(50)).toHaveLength(few.length);
  });
});
