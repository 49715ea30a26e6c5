import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeOnEveryDatabase } from '../support/databases.js';
import { numberedPng, sample } from '../support/pictures.js';
import { startServer, type TestServer } from '../support/server.js';

describeOnEveryDatabase('two libraries', (database) => {
  let server: TestServer;
  let mine: string;
  let theirs: string;
  beforeAll(async () => {
    server = await startServer({
      database,
      keys: { me: { role: 'ADMIN', library: 'mine' }, them: { role: 'ADMIN', library: 'theirs' } },
    });
    [mine] = (await server.add([sample('cat-face')], { tags: ['mine'] }, 'me')) as [string];
    [theirs] = (await server.add([sample('cat-walking-frames')], { tags: ['theirs'] }, 'them')) as [string];
    await server.data(
      'mutation ($ids: [ID!]!) { addLabels(assetIds: $ids, labels: ["Secret"]) { userErrors { code } } }',
      { ids: [theirs] },
      'them',
    );
    await server.waitUntilProcessed('them');
  });
  afterAll(() => server.close());

  const idsOf = ({ edges }: { edges: { node: { id: string } }[] }) => edges.map(({ node }) => node.id);

  test('a new one has a name, and one that has none from before is found', async () => {
    const libraries = server.app.services.facets['libraries'];
    for (const name of ['', ' ', 'x'.repeat(201)])
      await expect(libraries.ensure(name)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    const nameless = await libraries.restore('');
    expect(await libraries.ensure('')).toBe(nameless);
  });

  test('the assets of another are in no list, search or count, and under no id', async () => {
    const query = `query ($id: ID!) { asset(id: $id) { id } assets { totalCount edges { node { id } } }
      tagged: assets(filter: { tagsAny: ["theirs"] }) { totalCount }
      labelled: assets(filter: { labelsAny: ["secret"] }) { totalCount }
      searchByText(query: "a cat") { edges { node { id } } }
      filtered: searchByText(query: "a cat", filter: { text: "cat", labelsAny: ["secret"] }) { edges { node { id } } } }`;
    const data = await server.data(query, { id: theirs }, 'me');
    expect(data).toMatchObject({ asset: null, tagged: { totalCount: 0 }, labelled: { totalCount: 0 } });
    expect([idsOf(data.assets), data.assets.totalCount, idsOf(data.searchByText), idsOf(data.filtered)]).toEqual([
      [mine],
      1,
      [mine],
      [],
    ]);
  });

  test('the assets of another are in no cluster and no order of chance', async () => {
    const query =
      '{ clusters(k: 2, vocabulary: ["cat"]) { clusters { assetIds } } randomAssets(seed: "a") { edges { node { id } } } }';
    const { clusters, randomAssets } = await server.data(query, {}, 'me');
    expect(clusters.clusters).toEqual([{ assetIds: [mine] }]);
    expect(idsOf(randomAssets)).toEqual([mine]);
  });

  test('a question about another’s picture is one about no picture', async () => {
    for (const query of [
      'query ($id: ID!) { similarImages(assetId: $id) { edges { score } } }',
      'query ($id: ID!) { similarImages(assetId: $id, crop: { left: 0, top: 0, width: 1, height: 0.5 }) { edges { score } } }',
      'query ($id: ID!) { zeroShotClassify(assetId: $id, labels: ["cat"]) { score } }',
    ])
      expect(await server.code(query, { id: theirs }, 'me')).toBe('ASSET_NOT_FOUND');
    const { similarImages } = await server.data(
      'query ($id: ID!) { similarImages(assetId: $id) { edges { node { id } } } }',
      { id: mine },
      'me',
    );
    expect(similarImages.edges).toEqual([]);
  });

  test.each([
    'updateAsset(id: $id, input: { title: "stolen" }) { userErrors { code } }',
    'updateAssets(ids: [$id], input: { addTags: ["stolen"] }) { userErrors { code } }',
    'trashAssets(ids: [$id]) { userErrors { code } }',
    'restoreAssets(ids: [$id]) { userErrors { code } }',
    'retryAssets(ids: [$id]) { userErrors { code } }',
    'deleteAssets(ids: [$id]) { userErrors { code } }',
    'addLabels(assetIds: [$id], labels: ["stolen"]) { userErrors { code } }',
    'removeLabels(assetIds: [$id], labels: ["secret"]) { userErrors { code } }',
    'labelAssets(assetIds: [$id], labels: ["cat"], threshold: 0) { userErrors { code } }',
  ])('another’s asset is not touched by %s', async (mutation) => {
    const query =
      'query ($id: ID!) { asset(id: $id) { title trashedAt updatedAt labels { name source state } } jobs { edges { node { id } } } }';
    const before = await server.data(query, { id: theirs }, 'them');
    const answer = await server.data(`mutation ($id: ID!) { result: ${mutation} }`, { id: theirs }, 'me');
    expect(answer.result.userErrors).toEqual([{ code: 'ASSET_NOT_FOUND' }]);
    expect(await server.data(query, { id: theirs }, 'them')).toEqual(before);
    expect(before.asset.labels).toEqual([{ name: 'Secret', source: 'HUMAN', state: 'ACCEPTED' }]);
  });

  test('the same file can be in both, once each', async () => {
    const file = await numberedPng(1);
    const [first] = await server.upload([file], undefined, 'me');
    const [second] = await server.upload([file], undefined, 'them');
    expect([first.__typename, second.__typename]).toEqual(['UploadedAsset', 'UploadedAsset']);
    expect(first.asset.id).not.toBe(second.asset.id);
    await server.waitUntilProcessed('me');
    await server.waitUntilProcessed('them');
    await server.data(
      'mutation ($ids: [ID!]!) { deleteAssets(ids: $ids) { deletedIds } }',
      { ids: [first.asset.id] },
      'me',
    );
    await server.waitUntilProcessed('me');
    const { asset } = await server.data(
      'query ($id: ID!) { asset(id: $id) { url state } }',
      { id: second.asset.id },
      'them',
    );
    expect([asset.state, (await fetch(asset.url)).status]).toEqual(['READY', 200]);
  });

  test('jobs are those of one’s own library', async () => {
    const query =
      '{ jobs(first: 200) { edges { node { assetId } } counts { queued running succeeded failed progress } } }';
    const { jobs } = await server.data(query, {}, 'me');
    const assetIds: string[] = jobs.edges.map(({ node }: { node: { assetId: string } }) => node.assetId);
    expect(assetIds).toContain(mine);
    expect(assetIds).not.toContain(theirs);
    expect(jobs.counts).toEqual({ queued: 0, running: 0, succeeded: assetIds.length, failed: 0, progress: 1 });
  });

  test('the signature of a file of one library opens nothing of another', async () => {
    const url = async (id: string, key: string) =>
      new URL((await server.data('query ($id: ID!) { asset(id: $id) { url } }', { id }, key)).asset.url);
    const [own, foreign] = [await url(mine, 'me'), await url(theirs, 'them')];
    expect((await fetch(own)).status).toBe(200);
    const mixed = [
      `${foreign.pathname}${own.search}`,
      `${own.pathname.replace(own.pathname.split('/')[2]!, foreign.pathname.split('/')[2]!)}${own.search}`,
      `${foreign.pathname.replace(foreign.pathname.split('/')[2]!, own.pathname.split('/')[2]!)}${foreign.search}`,
    ];
    for (const path of mixed) expect((await fetch(server.url + path)).status).toBe(404);
  });
});
