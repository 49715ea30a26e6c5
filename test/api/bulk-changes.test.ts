import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { waitUntilBlocked } from '../support/blocked.js';
import { describeOnAServer, describeOnEveryDatabase } from '../support/databases.js';
import { numberedPng } from '../support/pictures.js';
import { useServerWithPool } from '../support/server-with-pool.js';
import { startServer, type TestServer } from '../support/server.js';

const FIELDS = `id title description creator credit copyright tags isFavourite rating updatedAt
  capturedAt position { latitude longitude altitudeMetres }`;
const TAKEN = {
  capturedAt: '2019-06-01T10:00:00.250Z',
  position: { latitude: 47, longitude: 8.5, altitudeMetres: null },
};
const ASSET = `query ($id: ID!) { asset(id: $id) { ${FIELDS} } }`;
const UPDATE = `mutation ($ids: [ID!]!, $input: AssetsInput!) {
  updateAssets(ids: $ids, input: $input) { assets { ${FIELDS} } userErrors { code message assetId } } }`;
const UPDATE_ONE = `mutation ($id: ID!, $input: AssetInput!) { updateAsset(id: $id, input: $input) { asset { ${FIELDS} } } }`;
const TOLD = 'query { jobs(kind: SYNC_VECTOR) { counts { succeeded } } }';
const FOUND = `query ($word: String!, $tag: String!) {
  words: searchByText(query: $word, mode: KEYWORD, first: 50) { edges { node { id } } }
  meaning: searchByText(query: "a picture", mode: SEMANTIC, filter: { tagsAny: [$tag] }, first: 50) { edges { node { id } } }
}`;
const LONG_LIST = Array.from({ length: 201 }, (_, index) => `tag ${index}`);

let pictures = 0;
async function addTo(server: TestServer, input: object): Promise<string> {
  return (await server.add([await numberedPng(++pictures)], input))[0]!;
}

describeOnEveryDatabase('changing many assets', (database) => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer({ database });
  });
  afterAll(() => server.close());

  const add = (input: object) => addTo(server, input);
  const find = async (id: string) => (await server.data(ASSET, { id })).asset;
  const update = async (ids: readonly string[], input: object) =>
    (await server.data(UPDATE, { ids, input })).updateAssets;
  const tagsOf = async (ids: readonly string[]) =>
    Promise.all(ids.map(async (id) => (await find(id)).tags as string[]));
  const told = async () => (await server.data(TOLD)).jobs.counts.succeeded as number;

  test('each keeps its own tags, in their order, and is given new ones after them', async () => {
    const ids = [
      await add({ tags: ['sea', 'old', 'boat'] }),
      await add({ tags: ['old'] }),
      await add({ tags: ['b', 'a'] }),
    ];
    const input = { addTags: [' Cafe\u0301', 'boat', '', 'boat'], removeTags: ['old', 'nobody has it'] };
    const { assets, userErrors } = await update(ids, input);
    const tags = [
      ['sea', 'boat', 'Caf\u00e9'],
      ['Caf\u00e9', 'boat'],
      ['b', 'a', 'Caf\u00e9', 'boat'],
    ];
    expect(userErrors).toEqual([]);
    expect(assets.map((asset: { id: string; tags: string[] }) => [asset.id, asset.tags])).toEqual(
      ids.map((id, index) => [id, tags[index]]),
    );
    expect(await tagsOf(ids)).toEqual(tags);
  });

  test('the rest is said of all, and what is left out stays', async () => {
    const rights = { creator: 'Jane Doe', credit: 'A paper', copyright: '© Jane Doe' };
    const said = { title: 'A title', description: 'Words', ...rights, isFavourite: true, rating: 4, ...TAKEN };
    const ids = [await add({ tags: ['one'], rating: 2 }), await add({ title: 'Another', tags: ['two'] })];
    await update(ids, said);
    expect(await find(ids[0]!)).toMatchObject({ ...said, tags: ['one'] });
    expect(await find(ids[1]!)).toMatchObject({ ...said, tags: ['two'] });
    const cleared = { title: '', credit: null, rating: null, isFavourite: null, capturedAt: null };
    await update(ids, { ...cleared, addTags: null, removeTags: null });
    for (const id of ids)
      expect(await find(id)).toMatchObject({
        title: null,
        description: 'Words',
        ...rights,
        credit: null,
        isFavourite: false,
        rating: null,
        ...TAKEN,
        capturedAt: null,
      });
    expect(await tagsOf(ids)).toEqual([['one'], ['two']]);
  });

  test('searches find the assets by their new words and tags, and by the old ones no more', async () => {
    const ids = [await add({ tags: ['zyzzyva'] }), await add({})];
    await update(ids, { addTags: ['quokka'], removeTags: ['zyzzyva'], title: 'Marsupial' });
    await server.waitUntilProcessed();
    for (const [word, tag, found] of [
      ['quokka', 'quokka', ids],
      ['marsupial', 'quokka', ids],
      ['zyzzyva', 'zyzzyva', []],
    ] as const) {
      const answer = await server.data(FOUND, { word, tag });
      for (const part of ['words', 'meaning'])
        expect(new Set(answer[part].edges.map(({ node }: { node: { id: string } }) => node.id))).toEqual(
          new Set(found),
        );
    }
  });

  test('what is said already changes nothing, whether of one or of many', async () => {
    const said = { title: 'Same', isFavourite: true, rating: 5, ...TAKEN };
    const ids = [await add({ ...said, tags: ['one', 'two'] }), await add({ ...said, tags: ['two'] })];
    const before = [await Promise.all(ids.map(find)), await told()];
    const input = { ...said, addTags: ['two'], removeTags: ['three'] };
    expect((await update(ids, input)).assets).toEqual(before[0]);
    expect((await update(ids, {})).assets).toEqual(before[0]);
    await server.data(UPDATE_ONE, { id: ids[0], input: { ...said, tags: ['one', 'two'] } });
    await server.waitUntilProcessed();
    expect([await Promise.all(ids.map(find)), await told()]).toEqual(before);
    await update(ids, { addTags: ['one'] });
    await server.waitUntilProcessed();
    expect([await tagsOf(ids), await told()]).toEqual([
      [
        ['one', 'two'],
        ['two', 'one'],
      ],
      (before[1] as number) + 1,
    ]);
  });

  test('one that would have too many tags is left as it is, and the others are done', async () => {
    const full = await add({ tags: LONG_LIST.slice(0, 199) });
    const nowhere = randomUUID();
    const other = await add({ tags: ['tag 0'] });
    const before = await find(full);
    const { assets, userErrors } = await update([full, nowhere, other], { title: 'New', addTags: ['x', 'y'] });
    expect(assets).toMatchObject([{ id: other, title: 'New', tags: ['tag 0', 'x', 'y'] }]);
    expect(userErrors).toEqual([
      { code: 'ASSET_NOT_FOUND', assetId: nowhere, message: expect.stringContaining('ids[1]') },
      {
        code: 'TOO_MANY_TAGS',
        assetId: full,
        message: 'expected at most 200 tags for the tags of an asset, received 201',
      },
    ]);
    expect(await find(full)).toEqual(before);
    // One goes, two come.
    const { userErrors: none } = await update([full], { addTags: ['x', 'y'], removeTags: ['tag 0'] });
    expect([none, (await find(full)).tags.length]).toEqual([[], 200]);
  });

  test.each([
    ['no tag of removeTags for addTags', { addTags: ['sea', 'cafe\u0301'], removeTags: ['caf\u00e9 '] }],
    ['at most 200 tags for addTags', { addTags: LONG_LIST }],
    ['at most 200 tags for removeTags', { removeTags: LONG_LIST }],
    ['at most 100 characters for a tag', { addTags: ['x'.repeat(101)] }],
    ['a character that can be seen for a tag', { addTags: ['\u200b'] }],
    ['no NUL and whole characters for addTags', { addTags: ['half \udf08'] }],
    ['no NUL and whole characters for removeTags', { removeTags: ['a\0b'] }],
    ['a whole number from 1 to 5 for rating', { rating: 6 }],
    ['at most 500 characters for title', { title: 'x'.repeat(501) }],
    ['the years 1826 to 2099 for capturedAt', { capturedAt: '1601-01-01T00:00:00Z' }],
    ['the years 1826 to 2099 for capturedAt', { capturedAt: '9999-12-31T23:59:59Z' }],
    ['-90 to 90 for position.latitude', { position: { latitude: -90.01, longitude: 0 } }],
    ['-180 to 180 for position.longitude', { position: { latitude: 0, longitude: 181 } }],
    ['-1000000 to 1000000 for position.altitudeMetres', { position: { ...TAKEN.position, altitudeMetres: 1e7 } }],
  ])('what is not %s is refused, and changes nothing', async (message, input) => {
    const id = await add({ tags: ['sea'] });
    const before = await find(id);
    const { errors } = await server.gql(UPDATE, { ids: [id], input: { description: 'New', ...input } });
    expect(errors).toMatchObject([
      { message: expect.stringContaining(message), extensions: { code: 'INVALID_ARGUMENT' } },
    ]);
    expect(await find(id)).toEqual(before);
  });

  test('up to 1,000 assets, of which none is nothing to do', async () => {
    const input = { addTags: ['x'] };
    const ids = Array.from({ length: 1_001 }, () => randomUUID());
    expect(await server.code(UPDATE, { ids, input })).toBe('INVALID_ARGUMENT');
    expect((await update(ids.slice(1), input)).userErrors).toHaveLength(1_000);
    expect(await update([], input)).toEqual({ assets: [], userErrors: [] });
  });
});

describeOnAServer('changing the tags of one asset at the same time', (database) => {
  const on = useServerWithPool(database);

  test('loses what nobody says', async () => {
    const id = await addTo(on.server, { tags: ['own', 'old'] });
    const client = await on.pool.connect();
    await client.query('BEGIN');
    await client.query('SELECT FROM asset WHERE id = $1 FOR NO KEY UPDATE', [id]);
    const said = [{ addTags: ['sea'] }, { addTags: ['sky'] }, { removeTags: ['old'] }];
    const updates = said.map((input) => on.server.data(UPDATE, { ids: [id], input }));
    try {
      await waitUntilBlocked(on.pool, said.length);
    } finally {
      await client.query('COMMIT');
      client.release();
    }
    await Promise.all(updates);
    const { asset } = await on.server.data(ASSET, { id });
    expect(asset.tags[0]).toBe('own');
    expect(asset.tags.toSorted()).toEqual(['own', 'sea', 'sky']);
  });
});
