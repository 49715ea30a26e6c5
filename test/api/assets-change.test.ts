import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeOnEveryDatabase } from '../support/databases.js';
import { numberedPng } from '../support/pictures.js';
import { startServer, type TestServer } from '../support/server.js';

const FIELDS = `id title description creator credit copyright tags isFavourite rating updatedAt trashedAt state
  capturedAt position { latitude longitude altitudeMetres }`;
const ASSET = `query ($id: ID!) { asset(id: $id) { ${FIELDS} } }`;
const UPDATE = `mutation ($id: ID!, $input: AssetInput!) { updateAsset(id: $id, input: $input) { asset { ${FIELDS} } userErrors { code assetId } } }`;
const bulk = (name: string) =>
  `mutation ($ids: [ID!]!) { result: ${name}(ids: $ids) { assets { ${FIELDS} } userErrors { code assetId } } }`;
const DELETE = 'mutation ($ids: [ID!]!) { deleteAssets(ids: $ids) { deletedIds userErrors { code assetId } } }';

describeOnEveryDatabase('changing assets', (database) => {
  let server: TestServer;
  let pictures = 0;
  beforeAll(async () => {
    server = await startServer({ database });
  });
  afterAll(() => server.close());

  const add = async (input?: object) => (await server.add([await numberedPng(++pictures)], input))[0]!;
  const find = async (id: string) => (await server.data(ASSET, { id })).asset;
  const update = async (id: string, input: object) => (await server.data(UPDATE, { id, input })).updateAsset;

  const RIGHTS = { creator: 'Jane Doe', credit: 'A paper', copyright: '© Jane Doe' };
  const NO_RIGHTS = { creator: null, credit: null, copyright: null };
  const SAID = {
    title: 'A title',
    description: 'Words',
    ...RIGHTS,
    tags: ['one', 'two'],
    isFavourite: true,
    rating: 3,
    capturedAt: '1931-07-14T09:30:00.000Z',
    position: { latitude: -13.5, longitude: -172.25, altitudeMetres: 12.5 },
  };
  const NOWHEN = { capturedAt: null, position: null };
  const UNSAID = {
    title: null,
    description: null,
    ...NO_RIGHTS,
    tags: [],
    isFavourite: false,
    rating: null,
    ...NOWHEN,
  };

  test('an update sets what it names, and leaves the rest', async () => {
    const id = await add();
    const { asset, userErrors } = await update(id, SAID);
    expect([asset, userErrors]).toMatchObject([{ id, ...SAID }, []]);
    expect((await update(id, { rating: 5 })).asset).toMatchObject({ ...SAID, rating: 5 });
    expect((await update(id, {})).asset).toMatchObject({ ...SAID, rating: 5 });
    expect(await find(id)).toMatchObject({ ...SAID, rating: 5 });
  });

  test('null clears a field, and so does an empty text', async () => {
    const id = await add(SAID);
    const nothing = { ...UNSAID, tags: null, isFavourite: null };
    expect((await update(id, nothing)).asset).toMatchObject(UNSAID);
    const other = await add(SAID);
    const empty = { title: ' ', description: '', creator: '', credit: ' ', copyright: '\t' };
    const rest = { tags: [], isFavourite: false, rating: null, ...NOWHEN };
    expect((await update(other, { ...empty, ...rest })).asset).toMatchObject(UNSAID);
  });

  test.each([
    { rating: 0 },
    { rating: 6 },
    { title: 'x'.repeat(501) },
    { description: 'x'.repeat(10_001) },
    { creator: 'x'.repeat(501) },
    { credit: 'x'.repeat(501) },
    { copyright: 'x'.repeat(501) },
    { tags: ['x'.repeat(101)] },
    { tags: Array.from({ length: 201 }, (_, index) => `${index}`) },
  ])('the input %j is refused', async (input) => {
    expect(await server.code(UPDATE, { id: randomUUID(), input })).toBe('INVALID_ARGUMENT');
  });

  test('what shows nothing in a text is left out', async () => {
    const id = await add();
    const { asset } = await update(id, { title: 'ab\u0007', tags: ['t\u0007ag'], description: 'line\nline\tend' });
    expect(asset).toMatchObject({ title: 'ab', tags: ['tag'], description: 'line\nline\tend' });
  });

  test.each([
    ['title', '\ud83c', '"\\ud83c"'],
    ['title', 'a\0b', '"a\\u0000b"'],
    ['description', 'half \udf08', '"half \\udf08"'],
    ['creator', 'half \udf08', '"half \\udf08"'],
    ['credit', 'a\0b', '"a\\u0000b"'],
    ['copyright', '\ud83c', '"\\ud83c"'],
    ['tags', ['sea', '\ud83c'], '"\\ud83c"'],
  ])('%s that is no text is refused, and clears nothing', async (field, said, received) => {
    const id = await add(SAID);
    const { errors } = await server.gql(UPDATE, { id, input: { rating: 1, [field]: said } });
    expect(errors).toMatchObject([
      {
        message: `expected no NUL and whole characters for ${field}, received ${received}`,
        extensions: { code: 'INVALID_ARGUMENT' },
      },
    ]);
    expect((await update(id, {})).asset).toMatchObject(SAID);
  });

  test('the trash: put there once, taken out again, nothing lost', async () => {
    const id = await add(SAID);
    const first = (await server.data(bulk('trashAssets'), { ids: [id] })).result.assets[0];
    expect(first.trashedAt).not.toBeNull();
    const second = (await server.data(bulk('trashAssets'), { ids: [id] })).result.assets[0];
    expect(second.trashedAt).toBe(first.trashedAt);
    const restored = (await server.data(bulk('restoreAssets'), { ids: [id] })).result.assets[0];
    expect(restored).toMatchObject({ ...SAID, trashedAt: null, state: 'READY' });
  });

  test.each(['trashAssets', 'restoreAssets', 'retryAssets'])(
    '%s does what it can, and says what it cannot',
    async (name) => {
      const [one, two, nowhere] = [await add(), await add(), randomUUID()];
      const ids = [two, nowhere, one, 'no id', two, one.toUpperCase()];
      const { result } = await server.data(bulk(name), { ids });
      expect(result.assets.map(({ id }: { id: string }) => id)).toEqual([two, one]);
      expect(result.userErrors).toEqual(
        [nowhere, 'no id', one.toUpperCase()].map((assetId) => ({ code: 'ASSET_NOT_FOUND', assetId })),
      );
    },
  );

  test('an asset that is not there cannot be updated', async () => {
    for (const id of [randomUUID(), 'no id', ''])
      expect(await update(id, { title: 'x' })).toEqual({
        asset: null,
        userErrors: [{ code: 'ASSET_NOT_FOUND', assetId: id }],
      });
  });

  test('a delete is for good: row, files and embedding, and its address is of nothing', async () => {
    const id = await add();
    const nowhere = randomUUID();
    const { asset } = await server.data(
      'query ($id: ID!) { asset(id: $id) { url rendition(size: PREVIEW) { url } } }',
      { id },
    );
    expect((await server.storedFiles()).filter((path) => path.includes(id))).toHaveLength(3);
    const { deleteAssets } = await server.data(DELETE, { ids: [id, nowhere, id] });
    expect(deleteAssets).toEqual({ deletedIds: [id], userErrors: [{ code: 'ASSET_NOT_FOUND', assetId: nowhere }] });
    expect(await find(id)).toBeNull();
    await server.waitUntilProcessed();
    expect((await server.storedFiles()).filter((path) => path.includes(id))).toEqual([]);
    for (const url of [asset.url, asset.rendition.url]) expect((await fetch(url)).status).toBe(404);
    expect((await server.data(DELETE, { ids: [id] })).deleteAssets.deletedIds).toEqual([]);
  });

  test('an asset deleted while it is being processed leaves nothing', async () => {
    const before = (await server.storedFiles()).sort();
    const files = await Promise.all(Array.from({ length: 8 }, () => numberedPng(++pictures)));
    const outcomes = await server.upload(files);
    const ids = outcomes.map(({ asset }) => asset.id);
    await server.data(DELETE, { ids });
    await server.waitUntilProcessed();
    expect((await server.storedFiles()).sort()).toEqual(before);
    for (const id of ids) expect(await find(id)).toBeNull();
  });

  test('trying again what has not failed changes nothing', async () => {
    const id = await add();
    const before = await find(id);
    await server.data(bulk('retryAssets'), { ids: [id] });
    await server.waitUntilProcessed();
    expect(await find(id)).toEqual(before);
  });

  test('more than 1,000 ids are refused, and none is nothing to do', async () => {
    const ids = Array.from({ length: 1_001 }, () => randomUUID());
    for (const mutation of [bulk('trashAssets'), bulk('restoreAssets'), bulk('retryAssets'), DELETE])
      expect(await server.code(mutation, { ids })).toBe('INVALID_ARGUMENT');
    expect((await server.data(bulk('trashAssets'), { ids: [] })).result).toEqual({ assets: [], userErrors: [] });
    const none = await server.data('mutation { deleteLabels(ids: []) { deletedIds userErrors { code } } }');
    expect(none.deleteLabels).toEqual({ deletedIds: [], userErrors: [] });
    expect((await server.data(bulk('trashAssets'), { ids: ids.slice(1) })).result.userErrors).toHaveLength(1_000);
  });
});
