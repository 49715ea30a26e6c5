import { afterAll, beforeAll, describe, expect, inject, test, vi } from 'vitest';
import { describeOnEveryDatabase, emptyServerDatabase } from '../support/databases.js';
import { numberedPng, sample, truncated } from '../support/pictures.js';
import { insertAsset } from '../support/rows.js';
import { startServer, type TestServer } from '../support/server.js';
import { statementsOf } from '../support/statements.js';

const FIELDS = 'id name description query assetCount cover { originalName }';
const ERRORS = 'userErrors { code assetId }';
const CREATE = `mutation ($input: CollectionInput!) { createCollection(input: $input) { collection { ${FIELDS} } ${ERRORS} } }`;
const UPDATE = `mutation ($id: ID!, $input: CollectionChanges!) {
  updateCollection(id: $id, input: $input) { collection { ${FIELDS} } ${ERRORS} } }`;
const DELETE = `mutation ($id: ID!) { deleteCollection(id: $id) { deletedId ${ERRORS} } }`;
const ADD = `mutation ($id: ID!, $assetIds: [ID!]!) {
  addToCollection(id: $id, assetIds: $assetIds) { collection { assetCount } assets { id } ${ERRORS} } }`;
const REMOVE = `mutation ($id: ID!, $assetIds: [ID!]!) {
  removeFromCollection(id: $id, assetIds: $assetIds) { collection { assetCount } assets { id } ${ERRORS} } }`;
const ASSETS = `query ($id: ID!, $latestFirst: Boolean, $first: Int, $after: String) { collection(id: $id) { assetCount
  assets(latestFirst: $latestFirst, first: $first, after: $after) { edges { cursor node { id } } pageInfo { hasNextPage endCursor } } } }`;
const COVER = 'query ($id: ID!) { collection(id: $id) { cover { originalName } } }';
const LIST = `query ($first: Int, $after: String) { collections(first: $first, after: $after) {
  edges { node { ${FIELDS} assets(first: 2) { edges { node { id collections { name } } } } } } pageInfo { hasNextPage endCursor } } }`;
const SAVE = `mutation ($name: String!, $search: SearchInput!) {
  createSavedSearch(name: $name, search: $search) { savedSearch { id name arguments } ${ERRORS} } }`;
const SAVED = `query ($id: ID!, $first: Int, $after: String) { savedSearch(id: $id) { name arguments
  results(first: $first, after: $after) { edges { score cursor node { id } } } } }`;

const NAMES = ['boats-at-sunset', 'harbour-boats', 'orange-dahlia', 'cat-face', 'brick-wall'];
const NOBODY = '00000000-0000-4000-8000-000000000000';

describeOnEveryDatabase('collections', (database) => {
  let server: TestServer;
  let ids: string[];
  beforeAll(async () => {
    const keys = { admin: { role: 'ADMIN' }, editor: { role: 'EDITOR' }, viewer: { role: 'VIEWER' }, stranger: { role: 'ADMIN', library: 'other' } } as const; // prettier-ignore
    server = await startServer({ database, keys });
    ids = await server.add(NAMES.map(sample), {}, 'editor');
  });
  afterAll(() => server.close());

  const run = async (document: string, variables: object = {}, key = 'editor') =>
    Object.values((await server.data(document, variables, key)) as object)[0];
  const create = async (input: object): Promise<string> => (await run(CREATE, { input })).collection.id;
  const assetsOf = async (id: string, variables: object = {}): Promise<string[]> =>
    (await run(ASSETS, { id, ...variables }, 'viewer')).assets.edges.map(
      ({ node }: { node: { id: string } }) => node.id,
    );

  test('hold assets in the order in which they were added', async () => {
    const id = await create({ name: 'In order', description: ' chosen ' });
    const [a, b, c, d] = ids as [string, string, string, string];
    const added = await run(ADD, { id, assetIds: [d, b, d, NOBODY, 'none'] });
    expect(added.assets).toEqual([{ id: d }, { id: b }]);
    expect(added.collection).toEqual({ assetCount: 2 });
    expect(added.userErrors).toEqual([NOBODY, 'none'].map((assetId) => ({ code: 'ASSET_NOT_FOUND', assetId })));
    await run(ADD, { id, assetIds: [c, b, a] });
    expect(await assetsOf(id)).toEqual([d, b, c, a]);
    expect(await assetsOf(id, { latestFirst: true })).toEqual([a, c, b, d]);

    const paged: string[] = [];
    for (let after: string | null = null, isMore = true; isMore;) {
      const { assets }: any = await run(ASSETS, { id, latestFirst: true, first: 3, after }); // oxlint-disable-line typescript/no-explicit-any
      paged.push(...assets.edges.map(({ node }: { node: { id: string } }) => node.id));
      after = assets.pageInfo.endCursor;
      isMore = assets.pageInfo.hasNextPage;
      expect(await server.code(ASSETS, { id, first: 3, after }, 'viewer')).toBe('INVALID_CURSOR');
    }
    expect(paged).toEqual([a, c, b, d]);

    const filter = { collections: [id, NOBODY, 'none'], not: { collections: [NOBODY] } };
    const filtered = `query ($filter: AssetFilter) { assets(filter: $filter) { edges { node { id } } }
      searchByText(query: "a boat", mode: SEMANTIC, filter: $filter) { edges { node { id } } } }`;
    const { assets, searchByText } = await server.data(filtered, { filter }, 'viewer');
    for (const { edges } of [assets, searchByText])
      expect(edges.map(({ node }: { node: { id: string } }) => node.id).sort()).toEqual([a, b, c, d].sort());

    const removed = await run(REMOVE, { id, assetIds: [b, ids[4], NOBODY, 'none'] });
    expect(removed.assets).toEqual([{ id: b }, { id: ids[4] }]);
    expect(removed.collection).toEqual({ assetCount: 3 });
    expect(removed.userErrors).toEqual([NOBODY, 'none'].map((assetId) => ({ code: 'ASSET_NOT_FOUND', assetId })));
    expect(await assetsOf(id)).toEqual([d, c, a]);
  });

  test('go on after what is deleted while a page is read', async () => {
    const id = await create({ name: 'Shrinking' });
    const passing = await server.add(await Promise.all([1, 2, 3].map((number) => numberedPng(number))), {}, 'editor');
    await run(ADD, { id, assetIds: passing });
    const remove = (deleted: string[]) =>
      run('mutation ($ids: [ID!]!) { deleteAssets(ids: $ids) { userErrors { code } } }', { ids: deleted }, 'admin');
    const { assets } = server.app.services;
    const findMany = assets.findMany.bind(assets);
    const spy = vi.spyOn(assets, 'findMany').mockImplementationOnce(async (...args) => {
      await remove(passing.slice(0, 1));
      return findMany(...args);
    });
    const page = (await run(ASSETS, { id, first: 2 })).assets;
    spy.mockRestore();
    expect(page.edges.map(({ node }: { node: { id: string } }) => node.id)).toEqual([passing[1]]);
    expect(page.pageInfo.hasNextPage).toBe(true);
    expect(await assetsOf(id, { after: page.pageInfo.endCursor })).toEqual([passing[2]]);
    await remove(passing.slice(1));
    await server.waitUntilProcessed('editor');
  });

  test('show what is in the trash no more, until it is restored', async () => {
    const id = await create({ name: 'With trash' });
    await run(ADD, { id, assetIds: ids.slice(0, 2) });
    await run('mutation ($ids: [ID!]!) { trashAssets(ids: $ids) { assets { id } } }', { ids: [ids[0]] });
    expect(await assetsOf(id)).toEqual([ids[1]]);
    expect((await run(ASSETS, { id })).assetCount).toBe(1);
    await run('mutation ($ids: [ID!]!) { restoreAssets(ids: $ids) { assets { id } } }', { ids: [ids[0]] });
    expect(await assetsOf(id)).toEqual(ids.slice(0, 2));
  });

  test('have a name that no other has, in any case', async () => {
    const id = await create({ name: 'Summer  2024' });
    const taken = [{ code: 'NAME_TAKEN', assetId: null }];
    expect(await run(CREATE, { input: { name: 'SUMMER 2024' } })).toEqual({ collection: null, userErrors: taken });
    const other = await create({ name: 'Winter' });
    expect((await run(UPDATE, { id: other, input: { name: 'summer 2024' } })).userErrors).toEqual(taken);
    expect((await run(UPDATE, { id, input: { name: 'SUMMER 2024' } })).collection.name).toBe('SUMMER 2024');
    const twice = await Promise.all([1, 2].map(() => run(CREATE, { input: { name: 'At once' } })));
    expect(twice.flatMap(({ userErrors }) => userErrors)).toEqual(taken);
    for (const name of ['', ' \u0000 ', 'x'.repeat(201)])
      expect(await server.code(CREATE, { input: { name } }, 'editor')).toBe('INVALID_ARGUMENT');
  });

  test('are changed field by field, and deleted without their assets', async () => {
    const id = await create({ name: 'To change', description: 'old', coverId: ids[3] });
    await run(ADD, { id, assetIds: [ids[1]] });
    const { collection } = await run(UPDATE, { id, input: { name: 'Changed' } });
    expect(collection).toMatchObject({ name: 'Changed', description: 'old', cover: { originalName: 'cat-face.jpg' } });
    const cleared = await run(UPDATE, { id, input: { description: null, coverId: null } });
    expect(cleared.collection).toMatchObject({ description: null, cover: { originalName: 'harbour-boats.jpg' } });
    await run(UPDATE, { id, input: { coverId: ids[3] } });
    const move = `mutation ($ids: [ID!]!) { trashAssets(ids: $ids) { userErrors { code } } }`;
    const coverNow = async () => (await run(COVER, { id })).cover.originalName as string;
    await run(move, { ids: [ids[3]] });
    expect(await coverNow()).toBe('harbour-boats.jpg');
    await run(move.replace('trash', 'restore'), { ids: [ids[3]] });
    expect(await coverNow()).toBe('cat-face.jpg');
    const noCover = await run(UPDATE, { id, input: { coverId: NOBODY } });
    expect(noCover.userErrors).toEqual([{ code: 'ASSET_NOT_FOUND', assetId: NOBODY }]);
    expect(await server.code(UPDATE, { id, input: { name: null } }, 'editor')).toBe('INVALID_ARGUMENT');
    expect(await run(DELETE, { id })).toEqual({ deletedId: id, userErrors: [] });
    const gone = [{ code: 'COLLECTION_NOT_FOUND', assetId: null }];
    expect(await run(DELETE, { id })).toEqual({ deletedId: null, userErrors: gone });
    expect((await run(UPDATE, { id: 'none', input: {} })).userErrors).toEqual(gone);
    expect((await run(ADD, { id, assetIds: ids })).userErrors).toEqual(gone);
    expect(await run('query ($id: ID!) { asset(id: $id) { state } }', { id: ids[1] })).toEqual({ state: 'READY' });
    for (const assetIds of [[], Array.from({ length: 1_001 }, () => NOBODY)])
      expect(await server.code(ADD, { id, assetIds }, 'editor')).toBe('INVALID_ARGUMENT');
  });

  test('are smart by a filter, as it finds now', async () => {
    const query = { filter: { tagsAny: ['keep'], uploadedAt: { min: '2020-01-01T00:00:00.000Z' }, minRating: 2 } };
    const id = await create({ name: 'Best', query });
    expect((await run(CREATE, { input: { name: 'Also', query } })).collection).toMatchObject({ query, assetCount: 0, cover: null }); // prettier-ignore
    expect(await assetsOf(id)).toEqual([]);
    for (const [index, rating] of [2, 1, 5].entries())
      await run('mutation ($id: ID!, $input: AssetInput!) { updateAsset(id: $id, input: $input) { asset { id } } }', {
        id: ids[index],
        input: { tags: ['keep'], rating },
      });
    expect((await assetsOf(id)).sort()).toEqual([ids[0], ids[2]].sort());
    expect((await run(ASSETS, { id })).assetCount).toBe(2);
    expect((await run(ADD, { id, assetIds: ids })).userErrors).toEqual([
      { code: 'COLLECTION_IS_SMART', assetId: null },
    ]);
    const narrower = { filter: { minRating: 5 } };
    expect((await run(UPDATE, { id, input: { query: narrower } })).collection.query).toEqual(narrower);
    expect(await assetsOf(id)).toEqual([ids[2]]);
    expect(await server.code(UPDATE, { id, input: { query: null } }, 'editor')).toBe('INVALID_ARGUMENT');
    const chosen = await create({ name: 'Chosen' });
    expect(await server.code(UPDATE, { id: chosen, input: { query } }, 'editor')).toBe('INVALID_ARGUMENT');
  });

  test('are smart by a search, up to a limit over all pages', async () => {
    await server.waitUntilProcessed('editor');
    const id = await create({
      name: 'Boats',
      query: { query: 'boats on the water', mode: 'SEMANTIC', minRelevance: 0, limit: 3 },
    });
    const all = await assetsOf(id);
    expect(all).toHaveLength(3);
    expect(all.slice(0, 2).sort()).toEqual(ids.slice(0, 2).sort());
    const { assets, assetCount } = await run(ASSETS, { id, first: 2 });
    expect(assetCount).toBeNull();
    expect(assets.pageInfo.hasNextPage).toBe(true);
    const rest = await run(ASSETS, { id, first: 2, after: assets.pageInfo.endCursor });
    expect(rest.assets.edges.map(({ node }: { node: { id: string } }) => node.id)).toEqual(all.slice(2));
    expect(rest.assets.pageInfo.hasNextPage).toBe(false);
    await run(UPDATE, { id, input: { query: { query: 'boats on the water', mode: 'SEMANTIC', limit: 2 } } });
    expect(await assetsOf(id, { after: assets.pageInfo.endCursor })).toEqual([]);
    await run(UPDATE, { id, input: { query: { query: 'boats on the water', mode: 'SEMANTIC', minRelevance: 1 } } });
    expect(await assetsOf(id)).toEqual([]);
  });

  test('are searched for once, however often one page is asked for', async () => {
    const id = await create({ name: 'Boats once', query: { query: 'boats', mode: 'SEMANTIC', limit: 3 } });
    const spy = vi.spyOn(server.app.services.search, 'byText');
    try {
      const page = (first: number) => `assets(first: ${first}) { edges { node { id } } }`;
      const found = await run(
        `query ($id: ID!) { collection(id: $id) {
          cover { id } again: cover { id } first: ${page(1)} two: ${page(2)} twoAgain: ${page(2)} } }`,
        { id },
      );
      expect(found.two.edges).toHaveLength(2);
      expect(found).toMatchObject({
        again: found.cover,
        first: { edges: [{ node: found.cover }] },
        twoAgain: found.two,
      });
      expect(spy).toHaveBeenCalledTimes(2);
    } finally {
      spy.mockRestore();
    }
  });

  test.each([
    {},
    { query: ' ' },
    { limit: 5, filter: {} },
    { query: 'a cat', limit: 0 },
    { query: 'a cat', limit: 1_001 },
    { query: 'a cat', mode: 'KEYWORD', not: [{ text: 'dog' }] },
    { query: 'a cat', not: [{ text: 'dog', weight: -1 }] },
  ])('the query %j is never stored', async (query) => {
    expect(await server.code(CREATE, { input: { name: 'Bad', query } }, 'editor')).toBe('INVALID_ARGUMENT');
  });

  test('a query that is steered by an asset that is not there, or not READY, is refused as such a cover is', async () => {
    const steered = (assetId: string) => ({ query: 'a boat', like: [{ assetId: ids[0] }], unlike: [{ assetId }] });
    const half = { name: 'half.jpg', bytes: truncated(Buffer.from(sample('cat-face').bytes)) };
    const [failed] = await server.add([half], {}, 'editor');
    const smart = await create({ name: 'Steered', query: steered(ids[1]!) });
    const saved = (await run(SAVE, { name: 'Steered', search: steered(ids[1]!) })).savedSearch.id as string;
    const change = `mutation ($id: ID!, $search: SearchInput) {
      updateSavedSearch(id: $id, search: $search) { savedSearch { id } ${ERRORS} } }`;
    for (const [code, assetId] of [
      ['ASSET_NOT_FOUND', NOBODY],
      ['ASSET_NOT_FOUND', 'none'],
      ['ASSET_FAILED', failed!],
    ] as const) {
      const refused = { userErrors: [{ code, assetId }] };
      const [query, search] = [steered(assetId), steered(assetId)];
      expect(await run(CREATE, { input: { name: 'x', query } })).toEqual({ collection: null, ...refused });
      expect(await run(UPDATE, { id: smart, input: { query } })).toMatchObject({
        collection: { id: smart },
        ...refused,
      });
      expect(await run(SAVE, { name: 'x', search })).toEqual({ savedSearch: null, ...refused });
      expect(await run(change, { id: saved, search })).toEqual({ savedSearch: { id: saved }, ...refused });
    }
    await run(DELETE, { id: smart });
    await run('mutation ($id: ID!) { deleteSavedSearch(id: $id) { deletedId } }', { id: saved });
    await run('mutation ($ids: [ID!]!) { deleteAssets(ids: $ids) { deletedIds } }', { ids: [failed] }, 'admin');
  });

  test('a saved search answers as the search does, and gives its arguments back', async () => {
    const search = { query: 'a boat', mode: 'SEMANTIC', not: [{ text: 'sunset', weight: 0.5 }], filter: { mimeTypes: ['image/jpeg'], uploadedAt: { max: '2999-01-01T00:00:00.000Z' } } }; // prettier-ignore
    const { savedSearch } = await run(SAVE, { name: 'Boats', search });
    expect(savedSearch).toMatchObject({ name: 'Boats', arguments: search });
    const { results } = await run(SAVED, { id: savedSearch.id }, 'viewer');
    const document = `query ($query: String!, $mode: SearchMode, $not: [TextClue!], $filter: AssetFilter) {
      searchByText(query: $query, mode: $mode, not: $not, filter: $filter) { edges { score cursor node { id } } } }`;
    expect(results).toEqual(await run(document, savedSearch.arguments, 'viewer'));
    expect(results.edges).toHaveLength(NAMES.length);
    const next = await run(SAVED, { id: savedSearch.id, after: results.edges[1].cursor });
    expect(next.results.edges).toEqual(results.edges.slice(2));

    expect((await run(SAVE, { name: 'BOATS', search })).userErrors).toEqual([{ code: 'NAME_TAKEN', assetId: null }]);
    expect(await server.code(SAVE, { name: 'x', search: { query: '' } }, 'editor')).toBe('INVALID_ARGUMENT');
    const update = `mutation ($id: ID!, $name: String, $search: SearchInput) {
      updateSavedSearch(id: $id, name: $name, search: $search) { savedSearch { name arguments } ${ERRORS} } }`;
    const renamed = await run(update, { id: savedSearch.id, name: 'A boat' });
    expect(renamed).toEqual({ savedSearch: { name: 'A boat', arguments: search }, userErrors: [] });
    const replaced = await run(update, { id: savedSearch.id, search: { query: 'a cat' } });
    expect(replaced.savedSearch).toEqual({ name: 'A boat', arguments: { query: 'a cat' } });
    expect(await server.code(update, { id: savedSearch.id, name: null }, 'editor')).toBe('INVALID_ARGUMENT');
    const list = await run('{ savedSearches { edges { node { name } } } }');
    expect(list.edges).toEqual([{ node: { name: 'A boat' } }]);
    const remove = `mutation ($id: ID!) { deleteSavedSearch(id: $id) { deletedId ${ERRORS} } }`;
    expect((await run(remove, { id: savedSearch.id })).deletedId).toBe(savedSearch.id);
    expect((await run(remove, { id: savedSearch.id })).userErrors).toEqual([{ code: 'SAVED_SEARCH_NOT_FOUND', assetId: null }]); // prettier-ignore
  });

  test('whose query has lost what it is steered by leave the others of their list as they are', async () => {
    const [lost] = await server.add([await numberedPng(9)], {}, 'editor');
    await server.waitUntilProcessed('editor');
    const search = { query: 'sea', like: [{ assetId: lost }] };
    const id = await create({ name: 'Like what is lost', query: search });
    const whole = await create({ name: 'Not lost' });
    await run(ADD, { id: whole, assetIds: [ids[0]] });
    const { savedSearch } = await run(SAVE, { name: 'Like what is lost', search });
    await run('mutation ($ids: [ID!]!) { deleteAssets(ids: $ids) { deletedIds } }', { ids: [lost] }, 'admin');
    const page = 'edges { node { id } }';
    const { data, errors } = await server.gql(
      `{ collections(first: 50) { edges { node { id cover { id } assets(first: 1) { ${page} } } } }
        savedSearches { edges { node { id results(first: 1) { ${page} } } } } }`,
      {},
      'viewer',
    );
    const nodesOf = ({ edges }: { edges: { node: object }[] }) => edges.map(({ node }) => node);
    expect(nodesOf(data.collections)).toContainEqual({ id, cover: null, assets: null });
    const first = { id: ids[0] };
    expect(nodesOf(data.collections)).toContainEqual({ id: whole, cover: first, assets: { edges: [{ node: first }] } });
    expect(nodesOf(data.savedSearches)).toContainEqual({ id: savedSearch.id, results: null });
    expect(errors?.map(({ extensions, path }) => `${path?.at(-1)} ${extensions.code}`).sort()).toEqual([
      'assets ASSET_NOT_FOUND',
      'cover ASSET_NOT_FOUND',
      'results ASSET_NOT_FOUND',
    ]);
    for (const each of [id, whole]) await run(DELETE, { id: each });
    await run('mutation ($id: ID!) { deleteSavedSearch(id: $id) { deletedId } }', { id: savedSearch.id });
  });

  test('the results of many saved searches are searched for a few at a time', async () => {
    for (let number = 0; number < 12; number++)
      await run(SAVE, { name: `Search ${number}`, search: { query: `a boat ${number}`, mode: 'SEMANTIC' } });
    const { search } = server.app.services;
    const byText = search.byText.bind(search);
    let underWay = 0;
    let most = 0;
    const spy = vi.spyOn(search, 'byText').mockImplementation(async (...args) => {
      most = Math.max(most, ++underWay);
      try {
        return await byText(...args);
      } finally {
        underWay--;
      }
    });
    try {
      const { edges } = await run('{ savedSearches { edges { node { name results { estimatedTotal edges { node { id } } } } } } }'); // prettier-ignore
      expect(edges).toHaveLength(12);
      for (const { node } of edges) {
        expect(node.results.edges).toHaveLength(NAMES.length);
        expect(node.results.estimatedTotal).toEqual(expect.any(Number));
      }
      expect(spy).toHaveBeenCalledTimes(12);
      expect(most).toBe(4);
    } finally {
      spy.mockRestore();
    }
  });

  test('of another library are not there', async () => {
    const id = await create({ name: 'Ours' });
    await run(ADD, { id, assetIds: ids.slice(0, 1) });
    expect(await run(ASSETS, { id }, 'stranger')).toBeNull();
    expect((await run(LIST, {}, 'stranger')).edges).toEqual([]);
    expect((await run(ADD, { id, assetIds: ids }, 'stranger')).userErrors[0].code).toBe('COLLECTION_NOT_FOUND');
    const theirs = await run(CREATE, { input: { name: 'Ours' } }, 'stranger');
    expect(theirs.userErrors).toEqual([]);
    const added = await run(ADD, { id: theirs.collection.id, assetIds: ids.slice(0, 2) }, 'stranger');
    expect(added).toMatchObject({ assets: [], userErrors: [{ code: 'ASSET_NOT_FOUND' }, { code: 'ASSET_NOT_FOUND' }] });
  });

  test('are listed by name, page by page', async () => {
    const names: string[] = [];
    for (let after: string | null = null, isMore = true; isMore;) {
      const page: any = await run(LIST, { first: 3, after }, 'viewer'); // oxlint-disable-line typescript/no-explicit-any
      names.push(...page.edges.map(({ node }: { node: { name: string } }) => node.name));
      after = page.pageInfo.endCursor;
      isMore = page.pageInfo.hasNextPage;
    }
    expect(names).toEqual(names.toSorted((a, b) => a.localeCompare(b, 'en')));
    expect(names).toContain('In order');
    expect(new Set(names).size).toBe(names.length);
    expect(await server.code(LIST, { after: 'ai1.e30' }, 'viewer')).toBe('INVALID_CURSOR');
  });
});

describe.skipIf(inject('server') === null)('many collections', () => {
  const database = emptyServerDatabase();
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer({ database, prepare: async (prisma, libraryId) => {
      for (let index = 0; index < 6; index++) {
        const name = `c${index}`;
        const assetIds = [await insertAsset(prisma, libraryId), await insertAsset(prisma, libraryId)];
        await prisma.collection.create({ data: { id: crypto.randomUUID(), libraryId, name, nameKey: name, assets: { create: assetIds.map((assetId) => ({ assetId })) } } }); // prettier-ignore
      }
    } }); // prettier-ignore
  });
  afterAll(() => server.close());

  test('take as many statements as one', async () => {
    const list = (first: number) => server.data(LIST, { first });
    expect((await list(6)).collections.edges).toHaveLength(6);
    expect(await statementsOf(() => list(6))).toHaveLength((await statementsOf(() => list(1))).length);
  });
});
