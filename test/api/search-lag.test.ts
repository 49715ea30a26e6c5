import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { emptyEmbeddedDatabase } from '../support/databases.js';
import { copyEmbedding } from '../support/embeddings.js';
import { sample } from '../support/pictures.js';
import { insertAsset } from '../support/rows.js';
import { startServer, type TestServer } from '../support/server.js';
import { statementsOf } from '../support/statements.js';
import type { Asset } from '#dist/database/generated/client.js';

const SEARCH = `query ($mode: SearchMode = SEMANTIC, $collapse: Boolean, $first: Int = 1) {
  searchByText(query: "a cat", mode: $mode, collapseNearDuplicates: $collapse, first: $first) {
    edges { node { id } } pageInfo { hasNextPage } } }`;

const GONE = 400;

describe('searches while the vector store is not of one mind with the rows', () => {
  const database = emptyEmbeddedDatabase();
  let server: TestServer;
  let catId: string;
  let unreadyIds: string[];
  beforeAll(async () => {
    const gone: Asset[] = [];
    const unready: Asset[] = [];
    server = await startServer({
      database,
      prepare: async (prisma, libraryId) => {
        for (let number = 0; number < GONE; number++) {
          const id = await insertAsset(prisma, libraryId, { state: 'READY', trashedAt: new Date() });
          gone.push(await prisma.asset.findUniqueOrThrow({ where: { id } }));
        }
        for (const state of ['PENDING', 'FAILED'] as const) {
          const id = await insertAsset(prisma, libraryId, { state });
          unready.push(await prisma.asset.findUniqueOrThrow({ where: { id } }));
        }
      },
    });
    [catId] = (await server.add(['cat-face', 'boats-at-sunset'].map(sample))) as [string];
    const before = gone.map((asset) => ({ ...asset, trashedAt: null }));
    await copyEmbedding(server, catId, [...before, ...unready]);
    unreadyIds = unready.map(({ id }) => id);
  });
  afterAll(() => server.close());

  test.each([[{}], [{ mode: 'HYBRID' }], [{ collapse: true }], [{ first: 2 }]])(
    'a page under %j is full, in few rounds',
    async (variables) => {
      let page: { edges: { node: { id: string } }[]; pageInfo: { hasNextPage: boolean } } | undefined;
      const statements = await statementsOf(async () => {
        page = (await server.data(SEARCH, variables)).searchByText;
      });
      expect(page!.edges[0]!.node.id).toBe(catId);
      expect(page!.pageInfo.hasNextPage).toBe(!('first' in variables));
      expect(statements.length).toBeLessThan(20);
    },
  );

  test('what is not READY is not found, and nothing is found by it', async () => {
    const { edges } = (await server.data(SEARCH, { first: 200 })).searchByText;
    expect(edges).toHaveLength(2);
    const similar = 'query ($assetId: ID!) { similarImages(assetId: $assetId) { edges { node { id } } } }';
    expect((await server.data(similar, { assetId: catId })).similarImages.edges).toHaveLength(1);
    for (const assetId of unreadyIds) expect(await server.code(similar, { assetId })).toBe('ASSET_NOT_READY');
  });
});
