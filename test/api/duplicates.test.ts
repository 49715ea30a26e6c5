import { randomUUID } from 'node:crypto';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { emptyEmbeddedDatabase } from '../support/databases.js';
import { bytesOf, sample } from '../support/pictures.js';
import { startServer, type TestServer, type Upload } from '../support/server.js';
import { statementsOf } from '../support/statements.js';
import { partOf, VARIANTS, variantOf } from '../support/variants.js';

const GROUPS = `query ($kind: DuplicateKind!, $threshold: Float, $first: Int, $after: String) {
  duplicateGroups(kind: $kind, threshold: $threshold, first: $first, after: $after) {
    totalCount pageInfo { hasNextPage endCursor }
    edges { cursor node { size keeperReason keeper { id originalName } duplicates { similarity asset { id originalName } } } } } }`;
const DISMISS = `mutation ($ids: [ID!]!) {
  dismissDuplicates(ids: $ids) { assets { id } userErrors { code assetId } } }`;
const RESOLVE = `mutation ($keep: ID!, $trash: [ID!]!) {
  resolveDuplicates(keep: $keep, trash: $trash) {
    keeper { id title description creator credit copyright tags isFavourite rating labels { name source state probability } }
    trashed { id trashedAt } userErrors { code assetId } } }`;

interface Group {
  readonly size: number;
  readonly keeperReason: string;
  readonly keeper: { readonly id: string; readonly originalName: string };
  readonly duplicates: {
    readonly similarity: number;
    readonly asset: { readonly id: string; readonly originalName: string };
  }[];
}

/** Frames of a walking cat, and views of one place: alike, and different all the same. */
const FRAMES = [0, 2, 4].map((column) => [0.02 + column * 0.163, 0.27, 0.16 + column * 0.163, 0.475] as const);
const VIEWS = [
  [0, 0, 0.8, 0.85],
  [0.2, 0.15, 1, 1],
] as const;
const PICTURES = ['boats-at-sunset', 'cat-face', 'orange-dahlia', 'harbour-boats'];
const OTHERS = ['allium-flower', 'coloured-cups', 'cup-of-coffee', 'temple-pagoda', 'printed-page'];

describe('duplicates', () => {
  const database = emptyEmbeddedDatabase();
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer({ database, settings: { WORKERS: '2' } });
    const originals = PICTURES.map(sample);
    const variants = originals.flatMap((upload) => Object.keys(VARIANTS).map((name) => variantOf(upload, name)));
    const burst = [
      ...FRAMES.map((area) => partOf(sample('cat-walking-frames'), area)),
      ...VIEWS.map((area) => partOf(sample('alpine-mountains'), area)),
    ];
    await server.add([...originals, ...OTHERS.map(sample), ...(await Promise.all([...variants, ...burst]))]);
  });
  afterAll(() => server.close());

  const list = async (variables: object) => (await server.data(GROUPS, variables)).duplicateGroups;
  const groups = async (variables: object): Promise<Group[]> =>
    (await list(variables)).edges.map(({ node }: { node: Group }) => node);
  const namesOf = ({ keeper, duplicates }: Group) =>
    [keeper, ...duplicates.map(({ asset }) => asset)]
      .map(({ originalName }) => originalName)
      .sort()
      .join();

  test('every variant of a picture is with it, and no other picture is with any', async () => {
    const expected = PICTURES.map((name) =>
      [`${name}.jpg`, ...Object.keys(VARIANTS).map((variant) => `${variant}-${name}.jpg`)].sort().join(),
    );
    const found = await groups({ kind: 'NEAR' });
    expect(found.map(namesOf).sort()).toEqual(expected.sort());
    for (const { size, keeper, duplicates } of found) {
      expect(size).toBe(duplicates.length + 1);
      expect(keeper.originalName).not.toMatch(/^(resized|cropped)-/);
      for (const { similarity } of duplicates) expect(similarity).toBeGreaterThanOrEqual(0.96);
    }
  });

  test('a page of groups goes on where the one before ended, and takes as many statements', async () => {
    const all = await groups({ kind: 'NEAR' });
    const first = await list({ kind: 'NEAR', first: 1 });
    expect(first).toMatchObject({ totalCount: PICTURES.length, pageInfo: { hasNextPage: true } });
    const rest = await groups({ kind: 'NEAR', after: first.pageInfo.endCursor });
    expect([first.edges[0].node, ...rest]).toEqual(all);
    const statements = async (count: number) =>
      (await statementsOf(() => groups({ kind: 'NEAR', first: count }))).length;
    expect(await statements(4)).toBe(await statements(1));
    expect(await server.code(GROUPS, { kind: 'NEAR', threshold: 0.99, after: first.pageInfo.endCursor })).toBe('INVALID_CURSOR'); // prettier-ignore
  });

  test('a higher threshold leaves less', async () => {
    const count = async (threshold: number) =>
      (await groups({ kind: 'NEAR', threshold })).reduce((sum, { size }) => sum + size, 0);
    expect(await count(0.999)).toBeLessThan(await count(0.96));
    for (const threshold of [0.89, 1.01]) expect(await server.code(GROUPS, { kind: 'NEAR', threshold })).toBe('INVALID_ARGUMENT'); // prettier-ignore
    expect(await server.code(GROUPS, { kind: 'EXACT', threshold: 1 })).toBe('INVALID_ARGUMENT');
  });

  test('the same pixels in another file are exact duplicates, of which the oldest is kept', async () => {
    expect(await groups({ kind: 'EXACT' })).toEqual([]);
    const { name, bytes } = sample('cup-of-coffee');
    const described: Upload = {
      name: `described-${name}`,
      bytes: Buffer.concat([bytes.subarray(0, 2), comment('another file'), bytes.subarray(2)]),
    };
    const png: Upload = { name: 'cup.png', bytes: await bytesOf(sharp(bytes).png()) };
    const ids = await server.add([described, png]);
    const [group, ...more] = await groups({ kind: 'EXACT' });
    expect(more).toEqual([]);
    expect(group).toMatchObject({ size: 3, keeperReason: 'OLDEST', keeper: { originalName: name } });
    expect(group!.duplicates.map(({ asset }) => asset.id).sort()).toEqual(ids.sort());
    await server.data('mutation ($ids: [ID!]!) { deleteAssets(ids: $ids) { deletedIds } }', { ids });
    expect(await groups({ kind: 'EXACT' })).toEqual([]);
    await server.waitUntilProcessed();
  });

  test('what is in the trash is in no group until it is out again', async () => {
    const before = await groups({ kind: 'NEAR' });
    const ids = before[0]!.duplicates.map(({ asset }) => asset.id);
    const change = (name: string) =>
      server.data(`mutation ($ids: [ID!]!) { ${name}(ids: $ids) { assets { id } } }`, { ids });
    await change('trashAssets');
    expect(await groups({ kind: 'NEAR' })).toEqual(before.slice(1));
    await change('restoreAssets');
    expect(await groups({ kind: 'NEAR' })).toEqual(before);
  });

  test('assets that a person told apart are in no group together', async () => {
    const before = await groups({ kind: 'NEAR' });
    const { keeper, duplicates } = before[0]!;
    const other = duplicates[0]!.asset;
    const nowhere = randomUUID();
    const { dismissDuplicates } = await server.data(DISMISS, { ids: [keeper.id, other.id, nowhere] });
    expect(dismissDuplicates.assets).toHaveLength(2);
    expect(dismissDuplicates.userErrors).toEqual([{ code: 'ASSET_NOT_FOUND', assetId: nowhere }]);
    const after = await groups({ kind: 'NEAR' });
    const own = after.find((group) => group.keeper.id === keeper.id)!;
    expect(own.duplicates.map(({ asset }) => asset)).toEqual(duplicates.slice(1).map(({ asset }) => asset));
    for (const ids of [[], [keeper.id], [keeper.id, keeper.id]])
      expect(await server.code(DISMISS, { ids })).toBe('INVALID_ARGUMENT');
    const { errors } = await server.gql(DISMISS, { ids: [keeper.id, keeper.id] });
    expect(errors![0]!.message).toBe('expected 2 to 100 different ids for ids, received a list of 1');
    expect((await server.data(DISMISS, { ids: [keeper.id, nowhere] })).dismissDuplicates).toEqual({
      assets: [],
      userErrors: [{ code: 'ASSET_NOT_FOUND', assetId: nowhere }],
    });
  });

  describe('resolving', () => {
    const resolve = async (keep: string, trash: string[]) =>
      (await server.data(RESOLVE, { keep, trash })).resolveDuplicates;
    const label = (name: string, assetIds: string[], labels: string[]) =>
      server.data(
        `mutation ($assetIds: [ID!]!, $labels: [String!]!) { ${name}(assetIds: $assetIds, labels: $labels) { userErrors { code } } }`,
        { assetIds, labels },
      );
    const describe = (id: string, input: object) =>
      server.data('mutation ($id: ID!, $input: AssetInput!) { updateAsset(id: $id, input: $input) { asset { id } } }', { id, input }); // prettier-ignore

    test('the keeper is given what was said of the others, and they go to the trash', async () => {
      const group = (await groups({ kind: 'NEAR' })).at(-1)!;
      const keep = group.keeper.id;
      const trash = group.duplicates.map(({ asset }) => asset.id);
      const [first, second] = trash as [string, string];
      await describe(keep, { title: 'Kept', credit: 'Kept', tags: ['one', 'two'], rating: 2 });
      await describe(first, {
        title: 'Lost',
        description: 'Moved',
        creator: 'Moved',
        credit: 'Lost',
        tags: ['two', 'three'],
        isFavourite: true,
      });
      await describe(second, { description: 'Too late', creator: 'Too late', copyright: '© Moved', rating: 4 });
      await label('addLabels', [keep], ['kept', 'refused']);
      await label('removeLabels', [keep], ['refused']);
      await label('addLabels', [first], ['refused', 'given']);
      await label('addLabels', [second], ['taken']);
      await label('removeLabels', [second], ['taken']);
      await server.data(`mutation ($assetIds: [ID!]!) { labelAssets(assetIds: $assetIds, labels: ["taken", "suggested"], threshold: 0) { userErrors { code } } }`, { assetIds: [keep] }); // prettier-ignore
      const { createCollection } = await server.data(
        `mutation ($coverId: ID) { createCollection(input: { name: "Kept", coverId: $coverId }) { collection { id } } }`,
        { coverId: second },
      );
      const { id } = createCollection.collection;
      await server.data(
        'mutation ($id: ID!, $assetIds: [ID!]!) { addToCollection(id: $id, assetIds: $assetIds) { userErrors { code } } }',
        { id, assetIds: [first, second] },
      );
      const nowhere = randomUUID();
      const { keeper, trashed, userErrors } = await resolve(keep, [...trash, nowhere]);
      expect(keeper).toMatchObject({ title: 'Kept', description: 'Moved', creator: 'Moved', credit: 'Kept', copyright: '© Moved', tags: ['one', 'two', 'three'], isFavourite: true, rating: 4 }); // prettier-ignore
      const names = keeper.labels.map(({ name, state }: { name: string; state: string }) => `${name} ${state}`).sort();
      expect(names).toEqual(['given ACCEPTED', 'kept ACCEPTED', 'suggested SUGGESTED']);
      const { collection } = await server.data(
        'query ($id: ID!) { collection(id: $id) { cover { id } assets { edges { node { id } } } } }',
        { id },
      );
      expect(collection).toEqual({ cover: { id: keep }, assets: { edges: [{ node: { id: keep } }] } });
      expect(trashed.map(({ id }: { id: string }) => id)).toEqual(trash);
      expect(trashed.every(({ trashedAt }: { trashedAt: string | null }) => trashedAt !== null)).toBe(true);
      expect(userErrors).toEqual([{ code: 'ASSET_NOT_FOUND', assetId: nowhere }]);
      expect((await groups({ kind: 'NEAR' })).some(({ keeper: other }) => other.id === keep)).toBe(false);
      await server.waitUntilProcessed();
      const { searchByText } = await server.data(
        '{ searchByText(query: "picture", mode: SEMANTIC, filter: { tagsAll: ["one", "three"] }) { edges { node { id } } } }',
      );
      expect(searchByText.edges).toEqual([{ node: { id: keep } }]);
    });

    test('a keeper that is not there, or in the trash itself, changes nothing', async () => {
      const before = await groups({ kind: 'NEAR' });
      const { keeper, duplicates } = before[0]!;
      const { assets } = await server.data('{ assets(filter: { isTrashed: true }) { edges { node { id } } } }');
      for (const keep of [randomUUID(), 'none', assets.edges[0].node.id as string]) {
        const outcome = await resolve(keep, [keeper.id]);
        expect(outcome).toEqual({
          keeper: null,
          trashed: [],
          userErrors: [{ code: 'ASSET_NOT_FOUND', assetId: keep }],
        });
      }
      expect(await server.code(RESOLVE, { keep: keeper.id, trash: [] })).toBe('INVALID_ARGUMENT');
      expect(await server.code(RESOLVE, { keep: keeper.id, trash: [duplicates[0]!.asset.id, keeper.id] })).toBe('INVALID_ARGUMENT'); // prettier-ignore
      expect(await groups({ kind: 'NEAR' })).toEqual(before);
    });
  });
});

/** A comment segment of a JPEG. */
function comment(text: string): Buffer {
  const body = Buffer.from(text, 'latin1');
  return Buffer.concat([Buffer.from([0xff, 0xfe, 0, body.length + 2]), body]);
}
