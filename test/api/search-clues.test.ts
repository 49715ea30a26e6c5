import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { emptyEmbeddedDatabase } from '../support/databases.js';
import { sample } from '../support/pictures.js';
import { startSampleServer, type ScoredEdge } from '../support/sample-server.js';
import type { TestServer } from '../support/server.js';
import { statementsOf } from '../support/statements.js';

const SEARCH = `query ($query: String!, $mode: SearchMode = SEMANTIC, $not: [TextClue!], $like: [PictureClue!],
  $unlike: [PictureClue!], $first: Int, $after: String) {
  searchByText(query: $query, mode: $mode, not: $not, like: $like, unlike: $unlike, first: $first, after: $after) {
    edges { score cursor node { id originalName } } } }`;
const SIMILAR = `query ($assetId: ID, $assetIds: [ID!], $image: Upload, $withText: TextClue, $first: Int) {
  similarImages(assetId: $assetId, assetIds: $assetIds, image: $image, withText: $withText, first: $first) {
    edges { score node { id originalName } } } }`;

const NAMES = [
  'boats-at-sunset',
  'harbour-boats',
  'cat-face',
  'cat-walking-frames',
  'orange-dahlia',
  'allium-flower',
  'coloured-cups',
  'cup-of-coffee',
  'alpine-mountains',
  'printed-page',
  'temple-pagoda',
  'brick-wall',
];

describe('a query of many clues', () => {
  const database = emptyEmbeddedDatabase();
  let server: TestServer;
  let ids: Map<string, string>;
  beforeAll(async () => {
    ({ server, ids } = await startSampleServer(database, NAMES));
  });
  afterAll(() => server.close());

  const id = (name: string) => ids.get(name)!;
  const search = async (query: string, more: object = {}): Promise<ScoredEdge[]> =>
    (await server.data(SEARCH, { query, ...more })).searchByText.edges;
  const similar = async (variables: object): Promise<ScoredEdge[]> =>
    (await server.data(SIMILAR, variables)).similarImages.edges;
  const placeOf = (edges: readonly ScoredEdge[], name: string) =>
    edges.findIndex(({ node }) => node.id === id(name)) + 1;

  test('more weight away from a text moves what shows it further down', async () => {
    const places: number[] = [];
    for (const weight of [0.01, 0.2, 1]) {
      const edges = await search('boats', { not: [{ text: 'sunset', weight }] });
      places.push(placeOf(edges, 'alpine-mountains'));
    }
    expect(places).toEqual([...new Set(places)].sort((a, b) => a - b));
  });

  test('more weight towards a picture moves it and its like further up', async () => {
    const places: number[] = [];
    for (const weight of [0.1, 1, 5]) {
      const edges = await search('a cup', { like: [{ assetId: id('cat-face'), weight }] });
      places.push(placeOf(edges, 'cat-face'));
    }
    expect(places).toEqual(places.toSorted((a, b) => b - a));
    expect(places[0]).toBeGreaterThan(places[2]!);
    expect(places[2]).toBe(1);
  });

  test('unlike moves a picture down, and a weight that is not given is 1', async () => {
    const unlike = [{ assetId: id('orange-dahlia') }];
    const edges = await search('a flower', { unlike });
    expect(placeOf(await search('a flower'), 'allium-flower')).toBeLessThanOrEqual(2);
    expect(placeOf(edges, 'allium-flower')).toBeLessThan(placeOf(edges, 'orange-dahlia'));
    expect(await search('a flower', { unlike: [{ ...unlike[0], weight: 1 }] })).toEqual(edges);
  });

  test('several pictures are like what is like them together, and are left out themselves', async () => {
    const assetIds = [id('cat-face'), id('orange-dahlia')];
    const edges = await similar({ assetIds });
    expect(edges).toHaveLength(NAMES.length - 2);
    expect(edges.slice(0, 3).some(({ node }) => node.id === id('allium-flower'))).toBe(true);
    expect(await similar({ assetIds: [id('cat-face')] })).toEqual(await similar({ assetId: id('cat-face') }));
  });

  test('a picture is steered by a text, as an asset and as a file', async () => {
    const withText = { text: 'a cat', weight: 5 };
    expect(placeOf(await similar({ assetId: id('brick-wall'), withText }), 'cat-face')).toBe(1);
    const { data } = await server.multipart(SIMILAR, { image: null, withText }, { image: sample('brick-wall') });
    expect(placeOf(data.similarImages.edges, 'cat-face')).toBe(1);
  });

  test('a cursor holds for its own clues only', async () => {
    const not = [{ text: 'sunset' }];
    const [{ cursor }] = (await search('boats', { not, first: 1 })) as [ScoredEdge];
    expect(await search('boats', { not, after: cursor })).toHaveLength(NAMES.length - 1);
    for (const other of [undefined, [{ text: 'sunset', weight: 2 }]])
      expect(await server.code(SEARCH, { query: 'boats', not: other, after: cursor })).toBe('INVALID_CURSOR');
  });

  test.each([0, -1, 10.5, 1e300])('a weight cannot be %d', async (weight) => {
    expect(await server.code(SEARCH, { query: 'a cat', not: [{ text: 'x', weight }] })).toBe('INVALID_ARGUMENT');
    const like = [{ assetId: id('cat-face'), weight }];
    expect(await server.code(SEARCH, { query: 'a cat', like })).toBe('INVALID_ARGUMENT');
  });

  test('clues that say nothing, or against each other, are invalid', async () => {
    const bad = [
      { not: [{ text: ' ' }] },
      { not: [{ text: 'a cat' }] },
      { not: Array.from({ length: 20 }, (_, index) => ({ text: `${index}` })) },
      { mode: 'KEYWORD', not: [{ text: 'sunset' }] },
    ];
    for (const clues of bad) expect(await server.code(SEARCH, { query: 'a cat', ...clues })).toBe('INVALID_ARGUMENT');
    expect(await server.code(SEARCH, { query: 'a cat', like: [{ assetId: 'none' }] })).toBe('ASSET_NOT_FOUND');
    expect(await server.code(SIMILAR, { assetIds: [] })).toBe('INVALID_ARGUMENT');
    expect(await server.code(SIMILAR, { assetIds: [id('cat-face')], assetId: id('cat-face') })).toBe('INVALID_ARGUMENT'); // prettier-ignore
  });

  test('what is wrong with one of them is said of its argument', async () => {
    const messageOf = async (document: string, variables: object) =>
      (await server.gql(document, variables)).errors?.[0]?.message;
    const not = Array.from({ length: 10 }, (_, index) => ({ text: `${index}` }));
    const like = Array.from({ length: 10 }, () => ({ assetId: id('cat-face') }));
    expect(await messageOf(SEARCH, { query: 'a cat', not, like })).toBe(
      'expected at most 19 for not, like and unlike together, received 20',
    );
    expect(await search('a dog', { not, like: like.slice(1) })).toHaveLength(NAMES.length);
    const assetIds = Array.from({ length: 21 }, () => id('cat-face'));
    expect(await messageOf(SIMILAR, { assetIds })).toBe('expected at most 20 for assetIds, received 21');
    expect(await similar({ assetIds: assetIds.slice(1), withText: { text: 'a cat' } })).toHaveLength(NAMES.length - 1);
    expect(await messageOf(SEARCH, { query: 'a cat', not: [{ text: 'a dog' }, { text: '' }] })).toBe(
      'expected 1 to 1000 characters for not[1].text, received ""',
    );
    for (const picture of [{ assetId: id('cat-face') }, { assetIds: [id('cat-face')] }])
      expect(await messageOf(SIMILAR, { ...picture, withText: { text: '' } })).toBe(
        'expected 1 to 1000 characters for withText.text, received ""',
      );
    expect(await messageOf(SIMILAR, { assetId: null, assetIds: null })).toBe(
      'expected one of assetId, assetIds and image, received 0 of them',
    );
  });

  test('many pictures take as many statements as one', async () => {
    const statements = async (assetIds: string[]) => (await statementsOf(() => similar({ assetIds }))).length;
    expect(await statements([...ids.values()].slice(0, 8))).toBe(await statements([id('cat-face')]));
  });
});
