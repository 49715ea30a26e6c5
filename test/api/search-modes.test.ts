import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { emptyEmbeddedDatabase } from '../support/databases.js';
import { sample } from '../support/pictures.js';
import { insertAsset } from '../support/rows.js';
import { startServer, type TestServer } from '../support/server.js';
import { allStatementsOf, statementsOf } from '../support/statements.js';

const SEARCH = `query ($query: String!, $mode: SearchMode, $filter: AssetFilter, $first: Int, $after: String) {
  searchByText(query: $query, mode: $mode, filter: $filter, first: $first, after: $after) {
    edges { score matchedBy visualRank keywordRank cursor node { id originalName } }
    pageInfo { hasNextPage endCursor } } }`;

interface Edge {
  readonly score: number | null;
  readonly matchedBy: readonly string[];
  readonly visualRank: number | null;
  readonly keywordRank: number | null;
  readonly cursor: string;
  readonly node: { readonly id: string; readonly originalName: string };
}

// The names say nothing of what the pictures show, but for the last one, which says it wrong.
const FILES = {
  'harbourView_0042-DSC00017.JPG': 'cup-of-coffee',
  'a.jpg': 'cat-face',
  'b.jpg': 'boats-at-sunset',
  'c.jpg': 'orange-dahlia',
  'd.jpg': 'temple-pagoda',
  'e.jpg': 'printed-page',
  'f.jpg': 'alpine-mountains',
  'dahlia.jpg': 'moon-surface',
};

describe('search by words and by meaning', () => {
  const database = emptyEmbeddedDatabase();
  let server: TestServer;
  let ids: Map<string, string>;
  beforeAll(async () => {
    server = await startServer({ database, keys: { here: { role: 'ADMIN' }, there: { role: 'ADMIN', library: 'other' } } }); // prettier-ignore
    const names = Object.keys(FILES);
    const added = await server.add(
      Object.entries(FILES).map(([name, picture]) => ({ name, bytes: sample(picture).bytes })),
      undefined,
      'here',
    );
    ids = new Map(names.map((name, index) => [name, added[index]!]));
    await say('a.jpg', { title: 'Portrait of Whiskers', description: 'Grey dogs run', tags: ['New York', 'Ärger'] });
    await say('b.jpg', { title: 'Evening light', tags: ['holiday'] });
    await say('c.jpg', { title: 'Garden', description: 'An evening in the garden' });
    await server.waitUntilProcessed('here');
  });
  afterAll(() => server.close());

  const say = (name: string, input: object) =>
    server.data(
      'mutation ($id: ID!, $input: AssetInput!) { updateAsset(id: $id, input: $input) { userErrors { code } } }',
      { id: ids.get(name), input },
      'here',
    );
  const change = (mutation: string, variables: object) => server.data(mutation, variables, 'here');
  const search = async (query: string, more: object = {}, key = 'here'): Promise<Edge[]> =>
    (await server.data(SEARCH, { query, ...more }, key)).searchByText.edges;
  const namesOf = (edges: readonly Edge[]) => edges.map(({ node }) => node.originalName);
  const byWords = async (query: string, more: object = {}) =>
    namesOf(await search(query, { mode: 'KEYWORD', ...more }));

  test.each([
    ['harbour', ['harbourView_0042-DSC00017.JPG']],
    ['0042 view', ['harbourView_0042-DSC00017.JPG']],
    ['dsc 00017', ['harbourView_0042-DSC00017.JPG']],
    ['harb', ['harbourView_0042-DSC00017.JPG']],
    ['harbourView_0042-DSC00017', ['harbourView_0042-DSC00017.JPG']],
    ['running dog', ['a.jpg']],
    ['"new york"', ['a.jpg']],
    ['"york new"', []],
    ['ÄRGER', ['a.jpg']],
    // The title weighs more than the description.
    ['evening', ['b.jpg', 'c.jpg']],
    ['evening -garden', ['b.jpg']],
    ['evening -"the garden"', ['b.jpg']],
    ['whiskrs', ['a.jpg']],
    ['portrait wiskers', ['a.jpg']],
    ['portrait of wiskers', ['a.jpg']],
    ['portrait with the wiskers', ['a.jpg']],
    ['evening gardn', ['c.jpg']],
    ['evening whiskers', []],
    ['whiskrs -portrait', []],
    ['zzzzzz', []],
    ['the', []],
    ['😀', []],
  ])('by words, %s finds %j', async (query, names) => {
    expect(await byWords(query)).toEqual(names);
  });

  test('what is found by words has a place, and no score', async () => {
    const edges = await search('evening', { mode: 'KEYWORD' });
    const places = edges.map(({ score, matchedBy, visualRank, keywordRank }) => ({ score, matchedBy, visualRank, keywordRank })); // prettier-ignore
    const one = { score: null, matchedBy: ['KEYWORD'], visualRank: null };
    expect(places).toEqual([
      { ...one, keywordRank: 1 },
      { ...one, keywordRank: 2 },
    ]);
  });

  test('both together find what only one of them does, and say which', async () => {
    const edges = await search('harbour');
    expect(edges).toHaveLength(8);
    expect(edges[0]).toMatchObject({ node: { originalName: 'harbourView_0042-DSC00017.JPG' }, keywordRank: 1 });
    expect(edges[0]!.matchedBy).toEqual(['VISUAL', 'KEYWORD']);
    const boats = edges.find(({ node }) => node.originalName === 'b.jpg')!;
    expect(boats).toMatchObject({ visualRank: expect.any(Number), keywordRank: null, matchedBy: ['VISUAL'] });
    const alone = await search('harbour', { mode: 'SEMANTIC' });
    const scores = new Map(alone.map(({ node, score }) => [node.id, score]));
    for (const { node, score } of edges) expect(score).toBeCloseTo(scores.get(node.id)!, 5);
  });

  test('a name or a phrase that is exactly what was asked for is among the first three', async () => {
    for (const query of ['dahlia', 'dahlia.jpg', '"evening in the garden"', 'e.jpg'])
      expect((await search(query)).slice(0, 3).some(({ keywordRank }) => keywordRank === 1)).toBe(true);
    expect(namesOf(await search('dahlia')).slice(0, 3)).toEqual(expect.arrayContaining(['dahlia.jpg', 'c.jpg']));
  });

  test('what is excluded is not found by meaning either', async () => {
    expect(namesOf(await search('a cat'))[0]).toBe('a.jpg');
    const edges = await search('a cat -whiskers');
    expect(edges).toHaveLength(7);
    expect(namesOf(edges)).not.toContain('a.jpg');
    expect(await search('a cat -whiskers', { mode: 'SEMANTIC' })).toHaveLength(8);
  });

  test.each(['HYBRID', 'KEYWORD', 'SEMANTIC'])('page after page of %s gives all of it once', async (mode) => {
    const whole = await search('evening garden jpg', { mode });
    const paged: Edge[] = [];
    for (let after: string | null = null; ;) {
      const variables = { query: 'evening garden jpg', mode, first: 3, after };
      const { edges, pageInfo } = (await server.data(SEARCH, variables, 'here')).searchByText;
      expect((await server.data(SEARCH, variables, 'here')).searchByText.edges).toEqual(edges);
      paged.push(...(edges as Edge[]));
      if (!pageInfo.hasNextPage) break;
      after = pageInfo.endCursor as string;
    }
    expect(paged).toEqual(whole);
  });

  test('a cursor of another mode is refused', async () => {
    const [{ cursor }] = (await search('evening', { first: 1 })) as [Edge];
    for (const mode of ['KEYWORD', 'SEMANTIC'])
      expect(await server.code(SEARCH, { query: 'evening', mode, after: cursor }, 'here')).toBe('INVALID_CURSOR');
  });

  test('accepted labels are words, from the moment on at which they are', async () => {
    const assetIds = [ids.get('f.jpg'), ids.get('d.jpg')];
    const label = (name: string, mutation: string) =>
      change(`mutation ($assetIds: [ID!]!, $labels: [String!]!) { ${mutation} { assets { id } } }`, { assetIds, labels: [name] }); // prettier-ignore
    await label('zephyr', 'labelAssets(assetIds: $assetIds, labels: $labels, threshold: 0)');
    expect(await byWords('zephyr')).toEqual([]);
    await label('Zephyr', 'addLabels(assetIds: $assetIds, labels: $labels)');
    expect((await byWords('zephyrs')).sort()).toEqual(['d.jpg', 'f.jpg']);
    await say('d.jpg', { title: 'Pagoda' });
    expect(await byWords('zephyr pagoda')).toEqual(['d.jpg']);
    await label('zephyr', 'removeLabels(assetIds: $assetIds, labels: $labels)');
    expect(await byWords('zephyr')).toEqual([]);
  });

  test.each([
    [{ tagsAny: ['holiday'] }, ['b.jpg']],
    [{ tagsAll: ['New York', 'Ärger'] }, []],
    [{ text: 'C.JPG' }, ['c.jpg']],
    [{ mimeTypes: ['image/png'] }, []],
    [{ width: { min: 1, max: 100_000 }, byteSize: { max: 2 ** 40 }, uploadedAt: { min: '2000-01-01T00:00:00Z' } }, ['b.jpg', 'c.jpg']], // prettier-ignore
    [{ capturedAt: { max: '1900-01-01T00:00:00Z' }, height: { min: 10 } }, []],
    [{ orientations: ['LANDSCAPE', 'PORTRAIT', 'SQUARE'], states: ['READY', 'FAILED'], isFavourite: false }, ['b.jpg', 'c.jpg']], // prettier-ignore
    [{ labelsAny: ['nothing'] }, []],
    [{ minRating: 1 }, []],
    [{ isTrashed: true }, []],
  ])('by words under the filter %j, evening finds %j', async (filter, names) => {
    expect(await byWords('evening', { filter })).toEqual(names);
  });

  test('nothing of another library or of the trash is found', async () => {
    expect(await search('evening', {}, 'there')).toEqual([]);
    expect(await search('evenng', { mode: 'KEYWORD' }, 'there')).toEqual([]);
    await change('mutation ($ids: [ID!]!) { trashAssets(ids: $ids) { assets { id } } }', { ids: [ids.get('b.jpg')] });
    expect(await byWords('evening')).toEqual(['c.jpg']);
    expect(await byWords('evening', { filter: { isTrashed: true } })).toEqual(['b.jpg']);
    await change('mutation ($ids: [ID!]!) { restoreAssets(ids: $ids) { assets { id } } }', { ids: [ids.get('b.jpg')] });
  });

  test.each(['', ' \t ', 'x'.repeat(10_000), '-garden'])('%j is refused, whatever the mode', async (query) => {
    for (const mode of ['HYBRID', 'KEYWORD', 'SEMANTIC'])
      expect(await server.code(SEARCH, { query, mode }, 'here')).toBe('INVALID_ARGUMENT');
  });

  test.each([
    'x '.repeat(500),
    '"'.repeat(999),
    '-'.repeat(999),
    "'; DROP TABLE asset; --",
    "cat' & !(dog | bird) <-> :*A",
    ':* & | ! <2> (',
    '\\',
    '$1 %s ${x}',
    'קפה ‏בבוקר',
    '\ud800',
    '\u0007bell',
    'a'.repeat(1_000),
    '😀👩‍🚀',
  ])('%j is a query like any other', async (query) => {
    for (const mode of ['HYBRID', 'KEYWORD', 'SEMANTIC'])
      expect((await server.gql(SEARCH, { query, mode, first: 2 }, 'here')).errors).toBeUndefined();
  });

  test('a page takes as many statements however long it is', async () => {
    // Every ten seconds a search looks at the library anew.
    vi.useFakeTimers({ toFake: ['Date'] });
    onTestFinished(() => void vi.useRealTimers());
    const filter = { labelsAny: ['dog'], tagsAny: ['holiday'] };
    for (const variables of [{}, { filter }, { query: 'harbour -sea' }, { query: 'evenng' }]) {
      const statements = async (first: number) =>
        (await statementsOf(() => server.data(SEARCH, { query: 'evening', ...variables, first }, 'here'))).length;
      await statements(1);
      expect(await statements(8)).toBe(await statements(1));
    }
  });

  test('what is near is asked for first, which an embedded database answers before it looks for words', async () => {
    const sent = await allStatementsOf(() => server.data(SEARCH, { query: 'a boat at night' }, 'here'));
    const placeOf = (part: string) => sent.findIndex(({ text }) => text.includes(part));
    expect(placeOf('"untold"')).toBeGreaterThan(-1);
    expect(placeOf('exactness')).toBeGreaterThan(placeOf('"untold"'));
  });

  test.each([
    ['東京', '夜の東京タワー', '"東京"'],
    ['ウユニSalar', '朝のウユニsalar湖', '"ウユニsalar"'],
    ['lantern', 'A lantern festival', '"lantern festival"'],
  ])('%s, a single word, is no exact phrase of %s, as %s is', async (word, text, phrase) => {
    const [nearest, ...others] = namesOf(await search(word, { mode: 'SEMANTIC' })) as [string, ...string[]];
    for (const name of others.slice(0, 3)) await say(name, { title: text });
    await say(nearest, { title: null, description: text });
    expect(await byWords(word)).toHaveLength(4);
    expect((await byWords(word))[3]).toBe(nearest);
    expect(namesOf(await search(word)).slice(0, 3)).toContain(nearest);
    expect(namesOf(await search(phrase)).slice(0, 3)).not.toContain(nearest);
  });
});

test('a file of just the name that is asked for is found whatever its name seems to exclude', async () => {
  const names = ['Trip -final.jpg', 'Trip.jpg', 'final.jpg'];
  const server = await startServer({
    prepare: async (prisma, libraryId) => {
      for (const originalName of names) await insertAsset(prisma, libraryId, { originalName, state: 'READY' });
    },
  });
  onTestFinished(() => server.close());
  for (const mode of ['KEYWORD', 'HYBRID']) {
    const { edges } = (await server.data(SEARCH, { query: 'trip -Final.jpg', mode })).searchByText;
    expect(edges.map(({ node }: Edge) => node.originalName)).toEqual(['Trip -final.jpg', 'Trip.jpg']);
  }
});

test.each(['AUTO', 'NONE'])(
  'what words find is there without an embedding, all of it, under the cutoff %s',
  async (cutoff) => {
    const names = Array.from({ length: 130 }, (_, index) => `photo-${index}.jpg`);
    const server = await startServer({
      prepare: async (prisma, libraryId) => {
        for (const originalName of names) await insertAsset(prisma, libraryId, { originalName, state: 'READY' });
      },
    });
    onTestFinished(() => server.close());
    const found: string[] = [];
    for (let after: string | null = null; ;) {
      const page: { edges: Edge[]; pageInfo: { hasNextPage: boolean; endCursor: string } } = (
        await server.data(
          `query ($cutoff: SearchCutoff, $after: String) { searchByText(query: "photo", cutoff: $cutoff, first: 50, after: $after) {
          edges { matchedBy node { originalName } } pageInfo { hasNextPage endCursor } } }`,
          { cutoff, after },
        )
      ).searchByText;
      found.push(...page.edges.map(({ node }) => node.originalName));
      if (!page.pageInfo.hasNextPage) break;
      after = page.pageInfo.endCursor;
    }
    expect(found.sort()).toEqual(names.sort());
  },
);
