import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { emptyEmbeddedDatabase } from '../support/databases.js';
import { sample } from '../support/pictures.js';
import { startServer, type TestServer } from '../support/server.js';
import { statementsOf } from '../support/statements.js';

const SEARCH = `query ($query: String!, $mode: SearchMode, $cutoff: SearchCutoff, $minRelevance: Float, $explain: Boolean,
  $not: [TextClue!], $filter: AssetFilter, $first: Int, $after: String) {
  searchByText(query: $query, mode: $mode, cutoff: $cutoff, minRelevance: $minRelevance, explain: $explain, not: $not,
    filter: $filter, first: $first, after: $after) {
    edges { score relevance matchedBy visualRank keywordRank cursor node { originalName }
      explanation { visual keyword } }
    estimatedTotal
    durations { encodeMs vectorSearchMs keywordSearchMs rowsMs totalMs }
    pageInfo { hasNextPage endCursor } } }`;

const NAMES = [
  'cat-face',
  'boats-at-sunset',
  'harbour-boats',
  'orange-dahlia',
  'alpine-mountains',
  'printed-page',
  'temple-pagoda',
  'cup-of-coffee',
  'ancient-coins',
  'brick-wall',
];

interface Edge {
  readonly score: number | null;
  readonly relevance: number | null;
  readonly matchedBy: readonly string[];
  readonly keywordRank: number | null;
  readonly visualRank: number | null;
  readonly cursor: string;
  readonly node: { readonly originalName: string };
  readonly explanation: { readonly visual: number; readonly keyword: number } | null;
}

describe('relevance', () => {
  const database = emptyEmbeddedDatabase();
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer({ database, settings: { SLOW_SEARCH_MS: '0' } });
    // Names that say nothing.
    await server.add(NAMES.map((name, index) => ({ name: `${index}.jpg`, bytes: sample(name).bytes })));
  });
  afterAll(() => server.close());

  const find = async (query: string, more: object = {}) =>
    (await server.data(SEARCH, { query, mode: 'SEMANTIC', ...more })).searchByText;
  const shown = (edges: readonly Edge[]) => edges.map(({ node }) => NAMES[Number.parseInt(node.originalName)]);

  test.each([
    ['a cat', ['cat-face']],
    ['boats at sunset', ['boats-at-sunset']],
    ['a submarine', []],
    ['quarterly tax report', []],
    ['asdfgh', []],
  ])('AUTO leaves what fits %s', async (query, names) => {
    const { edges, estimatedTotal, pageInfo } = await find(query, { cutoff: 'AUTO' });
    expect(shown(edges)).toEqual(names);
    expect(estimatedTotal).toBe(names.length);
    expect(pageInfo.hasNextPage).toBe(false);
  });

  test('relevance is between 0 and 1 and orders as the score does', async () => {
    const { edges, estimatedTotal } = await find('a cat');
    expect(edges).toHaveLength(NAMES.length);
    const values = (edges as Edge[]).map(({ relevance }) => relevance!);
    expect(values).toEqual(values.toSorted((a, b) => b - a));
    expect(values[0]).toBeGreaterThan(0.3);
    expect(values[1]).toBeLessThan(0.3);
    expect(values.at(-1)).toBeGreaterThan(0);
    expect(estimatedTotal).toBe(1);
  });

  test('pages under a least relevance end where it is reached, and give all of it once', async () => {
    const all = (await find('boats')).edges as Edge[];
    const minRelevance = (all[3]!.relevance! + all[4]!.relevance!) / 2;
    for (const mode of ['SEMANTIC', 'HYBRID']) {
      const paged: Edge[] = [];
      for (let after: string | null = null; ;) {
        const { edges, pageInfo } = await find('boats', { mode, minRelevance, first: 3, after });
        paged.push(...edges);
        if (!pageInfo.hasNextPage) break;
        after = pageInfo.endCursor as string;
      }
      expect(shown(paged)).toEqual(shown(all.slice(0, 4)));
    }
  });

  test('a cursor holds for its own cutoff only', async () => {
    const after = (await find('boats', { minRelevance: 0, first: 1 })).edges[0].cursor as string;
    for (const other of [{}, { cutoff: 'AUTO' }, { minRelevance: 0.01 }])
      expect(await server.code(SEARCH, { query: 'boats', mode: 'SEMANTIC', after, ...other })).toBe('INVALID_CURSOR');
    expect((await find('boats', { minRelevance: 0, after })).edges).toHaveLength(NAMES.length - 1);
  });

  test('what its words find stays, whatever it shows', async () => {
    const [id] = (
      await server.data('{ assets(filter: { text: "9.jpg" }) { edges { node { id } } } }')
    ).assets.edges.map((edge: { node: { id: string } }) => edge.node.id);
    const title = 'The old submarine base';
    await server.data('mutation ($id: ID!, $input: AssetInput!) { updateAsset(id: $id, input: $input) { userErrors { code } } }', { id, input: { title } }); // prettier-ignore
    const { edges } = await find('a submarine', { mode: 'HYBRID', cutoff: 'AUTO' });
    expect(shown(edges)).toEqual(['brick-wall']);
    expect(edges[0]).toMatchObject({ matchedBy: ['KEYWORD'], keywordRank: 1, visualRank: null });
    expect(edges[0].relevance).toBeLessThan(0.3);
    const byWords = await find('submarine', { mode: 'KEYWORD', cutoff: 'AUTO' });
    expect(shown(byWords.edges)).toEqual(['brick-wall']);
    expect(byWords.edges[0].relevance).toBeNull();
    expect(byWords.estimatedTotal).toBe(1);
  });

  test.each([
    { cutoff: 'AUTO', minRelevance: 0.5 },
    { cutoff: 'NONE', minRelevance: 0.5 },
    { minRelevance: -0.1 },
    { minRelevance: 1.1 },
    { cutoff: 'AUTO', not: [{ text: 'sunset' }] },
  ])('%j is refused', async (more) => {
    expect(await server.code(SEARCH, { query: 'boats', ...more })).toBe('INVALID_ARGUMENT');
  });

  test('what is steered by other clues has no relevance', async () => {
    const { edges, estimatedTotal } = await find('boats', { not: [{ text: 'sunset' }] });
    expect(edges[0]).toMatchObject({ relevance: null, score: expect.any(Number) });
    expect(estimatedTotal).toBeNull();
  });

  test('relevance costs a search no statement', async () => {
    await find('a cat');
    const statements = await statementsOf(() => find('a pagoda', { cutoff: 'AUTO', mode: 'SEMANTIC' }));
    // The rows, and those that the estimate counts.
    expect(statements).toHaveLength(2);
  });

  test('explain says what places count for, and where the time went', async () => {
    const { edges, durations } = await find('submarine', { mode: 'HYBRID', explain: true });
    for (const { explanation, visualRank, keywordRank } of edges as Edge[]) {
      expect(explanation!.visual).toBeCloseTo(visualRank === null ? 0 : 1 / (60 + visualRank), 10);
      expect(explanation!.keyword).toBeCloseTo(keywordRank === null ? 0 : 1 / (60 + keywordRank), 10);
    }
    const steps = ['encodeMs', 'vectorSearchMs', 'keywordSearchMs', 'rowsMs', 'totalMs'];
    for (const step of steps) expect(durations[step], step).toBeGreaterThanOrEqual(0);
    const byWords = await find('submarine', { mode: 'KEYWORD', explain: true });
    expect(byWords.durations).toMatchObject({ encodeMs: null, vectorSearchMs: null });
    const silent = await find('submarine');
    expect(silent.durations).toBeNull();
    expect(silent.edges[0].explanation).toBeNull();
  });

  test('relevance forgets what went into the trash', async () => {
    const ofCat = async () => {
      const { edges } = await find('a cat', { mode: 'SEMANTIC', first: 1 });
      expect(shown(edges)).toEqual(['cat-face']);
      return edges[0].relevance as number;
    };
    const before = await ofCat();
    const { assets } = await server.data('{ assets { edges { node { id originalName } } } }');
    const ids = (assets.edges as { node: { id: string; originalName: string } }[])
      .filter(({ node }) => node.originalName !== '0.jpg')
      .map(({ node }) => node.id);
    const move = async (change: string) => {
      await server.data(`mutation ($ids: [ID!]!) { ${change}(ids: $ids) { userErrors { code } } }`, { ids });
      await server.waitUntilProcessed();
    };
    await move('trashAssets');
    vi.useFakeTimers({ toFake: ['Date'] });
    try {
      vi.setSystemTime(Date.now() + 10_000);
      expect(await ofCat()).not.toBeCloseTo(before, 3);
      await move('restoreAssets');
      vi.setSystemTime(Date.now() + 10_000);
      expect(await ofCat()).toBeCloseTo(before, 6);
    } finally {
      vi.useRealTimers();
    }
  });

  test('a slow search is logged with its times and without its words', async () => {
    const before = server.logged.length;
    await find('a secret wish');
    const [line] = server.logged.slice(before).filter((each) => each.includes('a slow search'));
    expect(JSON.parse(line!)).toMatchObject({
      level: 40,
      search: { kind: 'text', mode: 'SEMANTIC', queryLength: 13, edges: NAMES.length, isFirstPage: true },
      durations: { encodeMs: expect.any(Number), keywordSearchMs: null, totalMs: expect.any(Number) },
    });
    expect(server.logged.slice(before).join()).not.toContain('wish');
  });
});
