import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { describeOnEveryDatabase } from '../support/databases.js';
import { copyEmbedding } from '../support/embeddings.js';
import { sample } from '../support/pictures.js';
import { insertAsset } from '../support/rows.js';
import { startServer, type TestServer } from '../support/server.js';
import type { Asset } from '#dist/database/generated/client.js';
import type { VectorCollection } from '#dist/vectorstore/vectorstore.js';

const SEARCH = `query ($mode: SearchMode!, $first: Int!, $filter: AssetFilter, $collapse: Boolean) {
  searchByText(query: "a cat", mode: $mode, first: $first, filter: $filter, collapseNearDuplicates: $collapse) {
    edges { visualRank node { id } } pageInfo { hasNextPage } } }`;

const COUNT = 170;
/** Every second of so many of the best changes. */
const AMONG = 120;
/** One that reads the ranking in several parts, whatever it reads in one. */
const PAGES = [
  ['SEMANTIC', 100],
  ['HYBRID', 200],
] as const;

const update = (input: string) => `updateAssets(ids: $ids, input: ${input}) { __typename }`;
const CHANGES = [
  ['the trash', 'trashAssets(ids: $ids) { __typename }', 'restoreAssets(ids: $ids) { __typename }', {}],
  ['a tag', update('{ addTags: ["done"] }'), update('{ removeTags: ["done"] }'), { tagsNone: ['done'] }],
  ['a mark', update('{ isFavourite: true }'), update('{ isFavourite: false }'), { isFavourite: false }],
] as const;

describeOnEveryDatabase('searches in the midst of which the vector store is told of a change', (database) => {
  let server: TestServer;
  let staying: string[];
  let changing: string[];
  beforeAll(async () => {
    const assets: Asset[] = [];
    server = await startServer({
      database,
      prepare: async (prisma, libraryId) => {
        for (let number = 0; number < COUNT; number++) {
          const id = await insertAsset(prisma, libraryId, { state: 'READY' });
          assets.push(await prisma.asset.findUniqueOrThrow({ where: { id } }));
        }
        // All are as near, and so in the order of their ids.
        assets.sort((a, b) => (a.id < b.id ? -1 : 1));
        const ids = assets.map(({ id }) => id);
        changing = ids.filter((_, place) => place < AMONG && place % 2 === 0);
        staying = ids.filter((id) => !changing.includes(id));
        // Jobs of one asset run in their order: those that come later wait for this one, which waits for an hour.
        const runAt = new Date(Date.now() + 3_600_000);
        await prisma.job.createMany({
          data: changing.map((assetId) => ({ id: randomUUID(), libraryId, kind: 'SYNC_VECTOR', assetId, runAt })),
        });
      },
    });
    const [{ asset }] = (await server.upload([sample('cat-face')])) as [{ asset: { id: string } }];
    const catId = asset.id;
    const isReady = 'query ($id: ID!) { asset(id: $id) { state } }';
    await vi.waitFor(async () => expect((await server.data(isReady, { id: catId })).asset.state).toBe('READY'), {
      timeout: 60_000,
      interval: 30,
    });
    await copyEmbedding(server, catId, assets);
    await server.data('mutation ($ids: [ID!]!) { deleteAssets(ids: $ids) { __typename } }', { ids: [catId] });
  });
  afterAll(() => server.close());

  const indexOf = async () => (await server.app.services.search['models'].active()).index;
  const change = (mutation: string, ids = changing) => server.data(`mutation ($ids: [ID!]!) { ${mutation} }`, { ids });

  /** @param tell what the job does, done when the search has read a part of the ranking */
  async function found(variables: object, tell: () => Promise<void>) {
    const collection = (await indexOf())['collection'] as VectorCollection;
    const read = collection.query.bind(collection);
    const query = vi.spyOn(collection, 'query').mockImplementationOnce(async (asked) => {
      const points = await read(asked);
      await tell();
      return points;
    });
    try {
      const { edges, pageInfo } = (await server.data(SEARCH, variables)).searchByText;
      expect(query).toHaveBeenCalled();
      const ids: string[] = edges.map(({ node }: { node: { id: string } }) => node.id);
      const ranks = edges.flatMap(({ visualRank }: { visualRank: number | null }) => visualRank ?? []);
      return { ids, ranks, ...pageInfo };
    } finally {
      query.mockRestore();
    }
  }

  const pageOf = (first: number) => ({
    ids: staying.slice(0, first),
    ranks: staying.slice(0, first).map((_, place) => place + 1),
    hasNextPage: staying.length > first,
  });

  test.each(CHANGES.flatMap((each) => PAGES.map((page) => [...page, ...each] as const)))(
    'a page under %s of %i has all that %s leaves',
    async (mode, first, _what, mutation, back, filter) => {
      await change(mutation);
      const index = await indexOf();
      try {
        expect(await found({ mode, first, filter }, () => index.refresh(changing))).toEqual(pageOf(first));
      } finally {
        await change(back);
        await index.refresh(changing);
      }
    },
  );

  test.each([
    ['SEMANTIC', 100, false, 0],
    ['SEMANTIC', 100, true, 1],
    ['HYBRID', 200, false, 2],
    ['HYBRID', 200, true, 3],
  ] as const)(
    'a page under %s of %i has all that is left by a change in its midst, collapsed: %s',
    async (mode, first, collapse, turn) => {
      const index = await indexOf();
      const all = [...changing, ...staying].sort();
      // Such as nothing waited to be told of when it began: others each time.
      const gone = staying.slice(0, AMONG / 2).filter((_, place) => place % 4 === turn);
      const left = all.filter((id) => !gone.includes(id));
      try {
        const { ids } = await found({ mode, first, collapse }, async () => {
          await change('trashAssets(ids: $ids) { __typename }', gone);
          await index.refresh(gone);
        });
        expect(ids).toEqual(left.slice(0, first));
      } finally {
        await change('restoreAssets(ids: $ids) { __typename }', gone);
        await index.refresh(gone);
      }
    },
  );

  test('a page has all that a deletion leaves', async () => {
    await change('deleteAssets(ids: $ids) { __typename }');
    const index = await indexOf();
    expect(await found({ mode: 'HYBRID', first: 200 }, () => index.remove(changing))).toEqual(pageOf(200));
  });
});
