import { expect, test } from 'vitest';
import { waitUntilBlocked } from '../support/blocked.js';
import { describeOnAServer } from '../support/databases.js';
import { interleave } from '../support/interleave.js';
import { numberedPng } from '../support/pictures.js';
import { useServerWithPool } from '../support/server-with-pool.js';

const ERRORS = 'userErrors { code assetId }';
const RESOLVE = `mutation ($keep: ID!, $trash: [ID!]!) { resolveDuplicates(keep: $keep, trash: $trash) { trashed { id } ${ERRORS} } }`;
const DISMISS = `mutation ($ids: [ID!]!) { dismissDuplicates(ids: $ids) { assets { id } ${ERRORS} } }`;
const COLLECT = `mutation ($name: String!, $coverId: ID) {
  createCollection(input: { name: $name, coverId: $coverId }) { collection { id } ${ERRORS} } }`;
const COVER = `mutation ($id: ID!, $coverId: ID) {
  updateCollection(id: $id, input: { coverId: $coverId }) { collection { id } ${ERRORS} } }`;
const ADD = `mutation ($id: ID!, $assetIds: [ID!]!) { addToCollection(id: $id, assetIds: $assetIds) { assets { id } ${ERRORS} } }`;
const DELETE = 'mutation ($ids: [ID!]!) { deleteAssets(ids: $ids) { deletedIds } }';
const TRASH = 'mutation ($ids: [ID!]!) { trashAssets(ids: $ids) { assets { id } } }';
const LABEL = `mutation ($assetIds: [ID!]!, $labels: [String!]!) {
  addLabels(assetIds: $assetIds, labels: $labels) { userErrors { code } } }`;
const MERGE = `mutation ($ids: [ID!]!, $intoId: ID!) { mergeLabels(ids: $ids, intoId: $intoId) { label { name } userErrors { code } } }`;
const GROUPS = `{ duplicateGroups(kind: EXACT, first: 1) {
  edges { node { keeper { id } } } pageInfo { hasNextPage endCursor } } }`;

// What one does while another is half done: each order of locks that differs from another's would be a deadlock here.
describeOnAServer('changes at the same time', (database) => {
  const on = useServerWithPool(database);

  let last = 0;
  const add = async (count: number) =>
    on.server.add(await Promise.all(Array.from({ length: count }, () => numberedPng((last += 1)))));

  /** Runs something that has to wait for an asset which is just being deleted. */
  const whileDeleted = async <T>(assetId: string, run: () => Promise<T>): Promise<T> => {
    const client = await on.pool.connect();
    try {
      await client.query('BEGIN');
      await client.query('DELETE FROM asset WHERE id = $1', [assetId]);
      const running = run();
      await waitUntilBlocked(on.pool, 1);
      await client.query('COMMIT');
      return await running;
    } finally {
      client.release();
    }
  };
  const missing = (assetId: string) => [{ code: 'ASSET_NOT_FOUND', assetId }];

  test('one of those that are told apart is deleted', async () => {
    const [one, two, three] = (await add(3)) as [string, string, string];
    const { dismissDuplicates } = await whileDeleted(three, () => on.server.data(DISMISS, { ids: [one, two, three] }));
    expect(dismissDuplicates).toEqual({ assets: [{ id: one }, { id: two }], userErrors: missing(three) });
    const { rows } = await on.pool.query('SELECT asset_id, other_id FROM distinct_pair');
    expect(rows.map((row: object) => (Object.values(row) as string[]).sort())).toEqual([[one, two].sort()]);
  });

  test('what is to be a cover is deleted', async () => {
    const [one, two] = (await add(2)) as [string, string];
    const { createCollection } = await whileDeleted(one, () => on.server.data(COLLECT, { name: 'Late', coverId: one }));
    expect(createCollection).toEqual({ collection: null, userErrors: missing(one) });
    const { id } = (await on.server.data(COLLECT, { name: 'Late' })).createCollection.collection;
    const { updateCollection } = await whileDeleted(two, () => on.server.data(COVER, { id, coverId: two }));
    expect(updateCollection).toEqual({ collection: { id }, userErrors: missing(two) });
  });

  test('what is to be in a collection is deleted, and was its cover', async () => {
    const [one, two] = (await add(2)) as [string, string];
    const { id } = (await on.server.data(COLLECT, { name: 'Covered', coverId: one })).createCollection.collection;
    const client = await on.pool.connect();
    try {
      await client.query('BEGIN');
      await client.query('SELECT FROM asset WHERE id = $1 FOR UPDATE', [one]);
      const adding = on.server.data(ADD, { id, assetIds: [one, two] });
      await waitUntilBlocked(on.pool, 1);
      await client.query('DELETE FROM asset WHERE id = $1', [one]);
      await client.query('COMMIT');
      expect((await adding).addToCollection).toEqual({ assets: [{ id: two }], userErrors: missing(one) });
    } finally {
      client.release();
    }
  });

  test('what refers to assets does not wait for those that are put in the trash', async () => {
    const ids = await add(2);
    const client = await on.pool.connect();
    try {
      await client.query('BEGIN');
      // As each foreign key does.
      await client.query('SELECT FROM asset WHERE id = ANY ($1) FOR KEY SHARE', [ids]);
      expect((await on.server.data(TRASH, { ids })).trashAssets.assets).toHaveLength(2);
      await client.query('COMMIT');
    } finally {
      client.release();
    }
  });

  test('a duplicate is put into the collection whose cover it is', async () => {
    const [keep, other] = (await add(2)) as [string, string];
    const { id } = (await on.server.data(COLLECT, { name: 'Both', coverId: other })).createCollection.collection;
    let resolving: Promise<{ resolveDuplicates: object }> | undefined;
    const { addToCollection } = await interleave(
      /^UPDATE "public"\."collection"/,
      async () => {
        resolving = on.server.data(RESOLVE, { keep, trash: [other] });
        await waitUntilBlocked(on.pool, 1);
      },
      () => on.server.data(ADD, { id, assetIds: [other] }),
    );
    expect(addToCollection).toEqual({ assets: [{ id: other }], userErrors: [] });
    expect((await resolving)!.resolveDuplicates).toEqual({ trashed: [{ id: other }], userErrors: [] });
    const { collection } = await on.server.data('query ($id: ID!) { collection(id: $id) { cover { id } assets { edges { node { id } } } } }', { id }); // prettier-ignore
    expect(collection).toEqual({ cover: { id: keep }, assets: { edges: [{ node: { id: keep } }] } });
  });

  test('labels of a duplicate are merged', async () => {
    const [keep, other] = (await add(2)) as [string, string];
    await on.server.data(LABEL, { assetIds: [other], labels: ['puss', 'pussycat'] });
    const { rows } = await on.pool.query<{ id: string; name: string }>('SELECT id, name FROM label');
    const [puss, pussycat] = ['puss', 'pussycat'].map((name) => rows.find((row) => row.name === name)!.id);
    let resolving: Promise<{ resolveDuplicates: object }> | undefined;
    const { mergeLabels } = await interleave(
      /FROM "label"[^;]* FOR UPDATE/,
      async () => {
        resolving = on.server.data(RESOLVE, { keep, trash: [other] });
        await waitUntilBlocked(on.pool, 1);
      },
      () => on.server.data(MERGE, { ids: [puss], intoId: pussycat }),
    );
    expect(mergeLabels).toEqual({ label: { name: 'pussycat' }, userErrors: [] });
    expect((await resolving)!.resolveDuplicates).toEqual({ trashed: [{ id: other }], userErrors: [] });
    const { asset } = await on.server.data('query ($id: ID!) { asset(id: $id) { labels { name state } } }', {
      id: keep,
    });
    expect(asset.labels).toEqual([{ name: 'pussycat', state: 'ACCEPTED' }]);
  });

  test('a keeper of the page is deleted: the page says that there are more', async () => {
    const sizes = [48, 40, 32];
    const files = await Promise.all(
      sizes.map(async (width) => {
        const { bytes, name } = await numberedPng(60_000 + width, { width });
        const { bytes: same } = await numberedPng(60_000 + width, { width });
        return [
          { name, bytes },
          { name: `again-${name}`, bytes: Buffer.concat([same, Buffer.from([0])]) },
        ];
      }),
    );
    await on.server.add(files.flat());
    const [{ node }] = (await on.server.data(GROUPS)).duplicateGroups.edges;
    const { duplicateGroups } = await interleave(
      /PARTITION BY "pixel_digest"/,
      () => on.server.data(DELETE, { ids: [node.keeper.id] }),
      () => on.server.data(GROUPS),
    );
    expect(duplicateGroups.edges).toEqual([]);
    expect(duplicateGroups.pageInfo).toEqual({ hasNextPage: true, endCursor: expect.any(String) });
    await on.server.waitUntilProcessed();
  });

  test('what an asset was put into is read while some of it is deleted', async () => {
    const [assetId] = (await add(1)) as [string];
    const collect = async (name: string): Promise<string> => {
      const { id } = (await on.server.data(COLLECT, { name })).createCollection.collection;
      await on.server.data(ADD, { id, assetIds: [assetId] });
      return id;
    };
    const [, gone] = [await collect('Stays'), await collect('Goes')];
    const { asset } = await interleave(
      /FROM "public"\."collection_asset"/,
      () => on.server.data('mutation ($id: ID!) { deleteCollection(id: $id) { __typename } }', { id: gone }),
      () => on.server.data('query ($id: ID!) { asset(id: $id) { collections { name } } }', { id: assetId }),
    );
    expect(asset.collections).toEqual([{ name: 'Stays' }]);
  });
});
