import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
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
      expect(statements.length).toBeLessThan(30);
    },
  );

  test('what is not READY is not found, and nothing is found by it', async () => {
    const { edges } = (await server.data(SEARCH, { first: 200 })).searchByText;
    expect(edges).toHaveLength(2);
    const similar = `query ($assetId: ID!, $crop: Crop) {
      similarImages(assetId: $assetId, crop: $crop) { edges { node { id } } } }`;
    expect((await server.data(similar, { assetId: catId })).similarImages.edges).toHaveLength(1);
    for (const crop of [undefined, { left: 0, top: 0, width: 0.5, height: 0.5 }]) {
      const answers = await Promise.all(unreadyIds.map((assetId) => server.gql(similar, { assetId, crop })));
      // Whoever asked for a FAILED one again and again would never be answered.
      expect(answers.map(({ errors }) => errors![0]!.extensions)).toEqual([
        { code: 'ASSET_NOT_READY', isRetryable: true },
        { code: 'ASSET_FAILED', isRetryable: false },
      ]);
    }
  });
});

describe('searches while the vector store has not been told of a change', () => {
  const database = emptyEmbeddedDatabase();
  let server: TestServer;
  let changedId: string;
  let catId: string;
  beforeAll(async () => {
    let changed: Asset | undefined;
    server = await startServer({
      database,
      prepare: async (prisma, libraryId) => {
        changedId = await insertAsset(prisma, libraryId, { state: 'READY' });
        changed = await prisma.asset.findUniqueOrThrow({ where: { id: changedId } });
        // Jobs of one asset run in their order: those that come later wait for this one, which waits for an hour.
        const runAt = new Date(Date.now() + 3_600_000);
        await prisma.job.create({
          data: { id: randomUUID(), libraryId, kind: 'SYNC_VECTOR', assetId: changedId, runAt },
        });
      },
    });
    const [{ asset }] = (await server.upload([sample('cat-face')])) as [{ asset: { id: string } }];
    catId = asset.id;
    const isReady = 'query ($id: ID!) { asset(id: $id) { state } }';
    await vi.waitFor(async () => expect((await server.data(isReady, { id: catId })).asset.state).toBe('READY'), {
      timeout: 60_000,
      interval: 30,
    });
    await copyEmbedding(server, catId, [changed!]);
  });
  afterAll(() => server.close());

  const found = async (filter: object) => {
    const { text, similar } = await server.data(
      `query ($filter: AssetFilter, $catId: ID!) {
        text: searchByText(query: "a cat", mode: SEMANTIC, filter: $filter) { edges { node { id } } }
        similar: similarImages(assetId: $catId, filter: $filter) { edges { node { id } } } }`,
      { filter, catId },
    );
    const isFound = (edges: { node: { id: string } }[]) => edges.some(({ node }) => node.id === changedId);
    return [isFound(text.edges), isFound(similar.edges)];
  };

  test.each([
    ['a mark', 'updateAsset(id: $id, input: { isFavourite: true }) { __typename }', { isFavourite: true }],
    ['tags', 'updateAsset(id: $id, input: { tags: ["new"] }) { __typename }', { tagsAll: ['new'], isFavourite: true }],
    ['a label', 'addLabels(assetIds: [$id], labels: ["tabby"]) { __typename }', { or: [{ labelsAny: ['tabby'] }] }],
  ])('it is found by %s that it has been given', async (_what, mutation, filter) => {
    expect(await found(filter)).toEqual([false, false]);
    await server.data(`mutation ($id: ID!) { ${mutation} }`, { id: changedId });
    expect(await found(filter)).toEqual([true, true]);
    expect(await found({ not: filter })).toEqual([false, false]);
  });

  test('it is found in the trash, and outside it again', async () => {
    await server.data('mutation ($id: ID!) { trashAssets(ids: [$id]) { __typename } }', { id: changedId });
    expect(await found({})).toEqual([false, false]);
    expect(await found({ isTrashed: true })).toEqual([true, true]);
    await server.data('mutation ($id: ID!) { restoreAssets(ids: [$id]) { __typename } }', { id: changedId });
    expect(await found({})).toEqual([true, true]);
    expect(await found({ isTrashed: true })).toEqual([false, false]);
  });
});
