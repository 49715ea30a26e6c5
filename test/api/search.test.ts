import sharp from 'sharp';
import { readdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { emptyEmbeddedDatabase } from '../support/databases.js';
import { bytesOf, sample } from '../support/pictures.js';
import { startSampleServer, type ScoredEdge } from '../support/sample-server.js';
import type { TestServer } from '../support/server.js';

const NAMES = readdirSync(new URL('../../samples/', import.meta.url)).flatMap((name) =>
  name.endsWith('.jpg') ? name.slice(0, -4) : [],
);

const SEARCH = `query ($query: String!, $mode: SearchMode, $filter: AssetFilter, $first: Int, $after: String) {
  searchByText(query: $query, mode: $mode, filter: $filter, first: $first, after: $after) {
    edges { score cursor node { id originalName } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`;
const SIMILAR = `query ($assetId: ID, $image: Upload, $filter: AssetFilter, $first: Int, $after: String) {
  similarImages(assetId: $assetId, image: $image, filter: $filter, first: $first, after: $after) {
    edges { score cursor node { id originalName } } pageInfo { hasNextPage endCursor } } }`;

describe('search', () => {
  const database = emptyEmbeddedDatabase();
  let server: TestServer;
  let ids: Map<string, string>;
  beforeAll(async () => {
    ({ server, ids } = await startSampleServer(database, NAMES));
  });
  afterAll(() => server.close());

  const namesOf = (edges: readonly ScoredEdge[]) => edges.map(({ node }) => node.originalName.replace('.jpg', ''));
  const search = async (query: string, more: object = {}): Promise<ScoredEdge[]> =>
    (await server.data(SEARCH, { query, ...more })).searchByText.edges;
  const similar = async (variables: object): Promise<ScoredEdge[]> =>
    (await server.data(SIMILAR, variables)).similarImages.edges;

  test.each([
    ['a cat', /^cat-/],
    ['cup of coffee', /^cup-of-coffee$/],
    ['boats at sunset', /^boats-at-sunset$/],
    ['a temple', /^temple-pagoda$/],
    ['galaxies', /^deep-field-galaxies$/],
    ['a horse', /^horse-silhouette$/],
    ['mountain landscape', /^alpine-mountains$/],
    ['a document with text', /^printed-page$/],
  ])('%s is found first', async (query, name) => {
    expect(namesOf(await search(query))[0]).toMatch(name);
    const edges = await search(query, { mode: 'SEMANTIC' });
    expect(namesOf(edges)[0]).toMatch(name);
    expect(edges).toHaveLength(NAMES.length);
    const scores = edges.map(({ score }) => score);
    expect(scores).toEqual(scores.toSorted((a, b) => b - a));
    expect(scores.every((score) => score >= -1 && score <= 1)).toBe(true);
  });

  test('page after page gives every picture once, in the order of the whole', async () => {
    const whole = await search('a cat', { first: 200 });
    const paged: ScoredEdge[] = [];
    for (let after: string | null = null; ;) {
      const {
        edges,
        pageInfo,
      }: {
        edges: ScoredEdge[];
        pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; endCursor: string | null };
      } = (await server.data(SEARCH, { query: 'a cat', first: 4, after })).searchByText;
      paged.push(...edges);
      expect(pageInfo.hasPreviousPage).toBe(after !== null);
      if (!pageInfo.hasNextPage) break;
      after = pageInfo.endCursor;
    }
    expect(paged).toEqual(whole);
  });

  test('a cursor holds for its own search only', async () => {
    const after = (await search('a cat', { first: 1 }))[0]!.cursor;
    const variables = [
      { query: 'a dog', after },
      { query: 'a cat', after, filter: { text: 'x' } },
      { query: 'a cat', after: 'nonsense' },
      { query: 'a cat', after: after.slice(0, -1) },
    ];
    for (const each of variables) expect(await server.code(SEARCH, each)).toBe('INVALID_CURSOR');
    expect(await server.code(SIMILAR, { assetId: ids.get('cat-face'), after })).toBe('INVALID_CURSOR');
  });

  test.each(['', '   ', 'x'.repeat(1_001)])('a query cannot be %j', async (query) => {
    expect(await server.code(SEARCH, { query })).toBe('INVALID_ARGUMENT');
  });

  test.each([0, 201])('a page cannot have %i pictures', async (first) => {
    expect(await server.code(SEARCH, { query: 'a cat', first })).toBe('INVALID_ARGUMENT');
  });

  test.each(['😀', '写真', 'x '.repeat(500), "'; DROP TABLE asset; --", '\0'])(
    'any text can be searched for: %j',
    async (query) => {
      expect(await search(query, { first: 1 })).toHaveLength(1);
    },
  );

  test('the text of a filter is looked up in names and titles, however they rank', async () => {
    expect(namesOf(await search('galaxies', { filter: { text: 'CUP' } })).sort()).toEqual([
      'coloured-cups',
      'cup-of-coffee',
    ]);
    expect(await search('galaxies', { filter: { text: 'nothing is called that' } })).toEqual([]);
  });

  test('what is said of a picture is known to the filters of a search, more than a second after the upload too', async () => {
    const id = ids.get('kite-in-sky');
    const filter = { tagsAny: ['outdoors'] };
    const update =
      'mutation ($id: ID!, $tags: [String!]) { updateAsset(id: $id, input: { tags: $tags }) { asset { id } } }';
    expect(await search('a kite', { filter })).toEqual([]);
    await server.data(update, { id, tags: ['outdoors'] });
    await server.waitUntilProcessed();
    expect(namesOf(await search('a kite', { filter }))).toEqual(['kite-in-sky']);
    await server.data(update, { id, tags: [] });
    expect(await search('a kite', { filter })).toEqual([]);
  });

  test('a picture in the trash is found there only, and again when it is restored', async () => {
    const variables = { ids: [ids.get('moon-surface')] };
    await server.data('mutation ($ids: [ID!]!) { trashAssets(ids: $ids) { assets { id } } }', variables);
    // At once: whatever the vector store still believes, the rows have the last word.
    expect(namesOf(await search('the moon'))).not.toContain('moon-surface');
    expect(await search('the moon')).toHaveLength(NAMES.length - 1);
    await server.waitUntilProcessed();
    expect(namesOf(await search('the moon', { filter: { isTrashed: true } }))).toEqual(['moon-surface']);
    await server.data('mutation ($ids: [ID!]!) { restoreAssets(ids: $ids) { assets { id } } }', variables);
    await server.waitUntilProcessed();
    expect(namesOf(await search('the moon'))).toContain('moon-surface');
  });

  test('similar pictures of an asset leave it out, on every page', async () => {
    const assetId = ids.get('cat-face')!;
    const edges = await similar({ assetId });
    expect(edges).toHaveLength(NAMES.length - 1);
    expect(edges.map(({ node }) => node.id)).not.toContain(assetId);
    const { cursor } = (await similar({ assetId, first: 3 })).at(-1)!;
    expect(await similar({ assetId, after: cursor })).toEqual(edges.slice(3));
    const filter = { text: 'cat' };
    expect(namesOf(await similar({ assetId, filter }))).toEqual(['cat-walking-frames']);
  });

  test.each(['boats-at-sunset', 'orange-dahlia', 'printed-page', 'brick-wall', 'astronaut-portrait', 'gravel-texture'])(
    'a smaller, worse, cropped copy of %s finds it first, and is not kept',
    async (name) => {
      const original = sharp(sample(name).bytes);
      const { width, height } = await original.metadata();
      const copy = original
        .extract({
          left: Math.round(width * 0.03),
          top: Math.round(height * 0.03),
          width: Math.round(width * 0.94),
          height: Math.round(height * 0.94),
        })
        .resize(320);
      const bytes = await bytesOf(copy.jpeg({ quality: 60 }));
      const { data } = await server.multipart(SIMILAR, { image: null }, { image: { name: 'copy.jpg', bytes } });
      const { edges } = data.similarImages;
      expect(namesOf(edges)[0]).toBe(name);
      expect(edges).toHaveLength(NAMES.length);
      expect((await server.data('{ assets { totalCount } }')).assets.totalCount).toBe(NAMES.length);
    },
  );

  test('an uploaded picture that is the very file of an asset scores as the same', async () => {
    const { data } = await server.multipart(SIMILAR, { image: null, first: 1 }, { image: sample('temple-pagoda') });
    const [edge] = data.similarImages.edges as [ScoredEdge];
    expect(namesOf([edge])).toEqual(['temple-pagoda']);
    expect(edge.score).toBeGreaterThan(0.9999);
  });

  test('a cursor holds for the very file that was uploaded', async () => {
    const ask = (name: string, variables: object = {}) =>
      server.multipart(SIMILAR, { image: null, ...variables }, { image: sample(name) });
    const { edges } = (await ask('cat-face', { first: 3 })).data.similarImages;
    const { cursor } = edges[1] as ScoredEdge;
    expect((await ask('cat-face', { first: 1, after: cursor })).data.similarImages.edges).toEqual([edges[2]]);
    const { errors } = await ask('temple-pagoda', { first: 1, after: cursor });
    expect(errors![0]!.extensions.code).toBe('INVALID_CURSOR');
  });

  test('a question about no picture, or two, is an invalid argument', async () => {
    expect(await server.code(SIMILAR, {})).toBe('INVALID_ARGUMENT');
    expect(await server.code(SIMILAR, { assetId: null, image: null })).toBe('INVALID_ARGUMENT');
    const both = await server.multipart(
      SIMILAR,
      { assetId: ids.get('cat-face'), image: null },
      { image: sample('cat-face') },
    );
    expect(both.errors?.[0]?.extensions.code).toBe('INVALID_ARGUMENT');
  });

  test('a question about a picture that is not there, or no picture, says which', async () => {
    for (const assetId of ['00000000-0000-4000-8000-000000000000', 'no id'])
      expect(await server.code(SIMILAR, { assetId })).toBe('ASSET_NOT_FOUND');
    const ask = async (bytes: Buffer<ArrayBuffer>) =>
      (await server.multipart(SIMILAR, { image: null }, { image: { name: 'a.jpg', bytes } })).errors?.[0]?.extensions
        .code;
    expect(await ask(Buffer.alloc(0))).toBe('UPLOAD_EMPTY');
    expect(await ask(Buffer.from('no picture'))).toBe('UPLOAD_UNSUPPORTED_TYPE');
    const cut = Buffer.from(sample('cat-face').bytes.subarray(0, 5_000));
    expect(await ask(cut)).toBe('UPLOAD_DAMAGED');
  });

  test('a deleted picture is gone from searches at once, and its files soon after', async () => {
    const id = ids.get('retina-scan')!;
    const answer = await server.data('mutation ($ids: [ID!]!) { deleteAssets(ids: $ids) { deletedIds } }', {
      ids: [id],
    });
    expect(answer.deleteAssets.deletedIds).toEqual([id]);
    expect(namesOf(await search('a retina'))).not.toContain('retina-scan');
    await server.waitUntilProcessed();
    expect((await server.storedFiles()).filter((path) => path.includes(id))).toEqual([]);
    expect(await server.code(SIMILAR, { assetId: id })).toBe('ASSET_NOT_FOUND');
    const [again] = await server.upload([sample('retina-scan')]);
    expect(again.__typename).toBe('UploadedAsset');
  });
});
