import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { emptyServerDatabase } from '../support/databases.js';
import { insertAsset } from '../support/rows.js';
import { startServer, type TestServer } from '../support/server.js';

const PAGE = '{ edges { node { name: NAME } } pageInfo { hasNextPage endCursor } }';
const ASSETS = `query ($after: String) {
  list: assets(orderBy: { field: NAME, direction: ASC }, first: 1, after: $after) ${PAGE.replace('NAME', 'originalName')} }`;
const COLLECTIONS = `query ($after: String) { list: collections(first: 1, after: $after) ${PAGE.replace('NAME', 'name')} }`;
const SAVED = COLLECTIONS.replace('collections', 'savedSearches');
const LABEL_SETS = '{ labelSets { name labels { name } } }';

/** As all installations sort them. English puts the third before the second. */
const NAMES = ['_c', 'A', 'b', 'Ä', 'Я'];

describe.skipIf(inject('server') === null)('a database that sorts as English does', () => {
  const database = emptyServerDatabase(`TEMPLATE template0 ENCODING 'UTF8' LOCALE_PROVIDER icu ICU_LOCALE 'en-US'`);
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer({
      database,
      prepare: async (prisma, libraryId) => {
        for (const name of NAMES.toReversed()) {
          const row = () => ({ id: randomUUID(), libraryId, name, nameKey: name.toLowerCase() });
          await insertAsset(prisma, libraryId, { originalName: name });
          await prisma.collection.create({ data: row() });
          await prisma.savedSearch.create({ data: { ...row(), query: {} } });
          const labels = NAMES.map((label) => ({ ...row(), name: label, nameKey: label.toLowerCase() }));
          const { id } = await prisma.labelSet.create({ data: row() });
          await prisma.label.createMany({ data: labels.map((label) => ({ ...label, labelSetId: id })) });
        }
      },
    });
  });
  afterAll(() => server.close());

  test.each([
    ['assets', ASSETS],
    ['collections', COLLECTIONS],
    ['saved searches', SAVED],
  ])('has %s in the same order as any other, page by page', async (_, query) => {
    const names: string[] = [];
    for (let after: string | null = null, isMore = true; isMore;) {
      const { list } = await server.data(query, { after });
      names.push(...list.edges.map(({ node }: { node: { name: string } }) => node.name));
      ({ endCursor: after, hasNextPage: isMore } = list.pageInfo);
    }
    expect(names).toEqual(NAMES);
  });

  test('has label sets and labels in that order too', async () => {
    const { labelSets } = await server.data(LABEL_SETS);
    expect(labelSets).toEqual(NAMES.map((name) => ({ name, labels: NAMES.map((label) => ({ name: label })) })));
  });
});
