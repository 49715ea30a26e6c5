import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { emptyEmbeddedDatabase } from '../support/databases.js';
import { bytesOf, sample } from '../support/pictures.js';
import { startServer, type TestServer } from '../support/server.js';
import { statementsOf } from '../support/statements.js';
import { variantOf } from '../support/variants.js';

const EDGES = 'pageInfo { hasNextPage } edges { cursor node { id originalName } nearDuplicates { id originalName } }';
const SEARCH = `query ($query: String!, $mode: SearchMode = SEMANTIC, $collapse: Boolean = true, $filter: AssetFilter, $first: Int, $after: String) {
  searchByText(query: $query, mode: $mode, collapseNearDuplicates: $collapse, filter: $filter, first: $first, after: $after) { ${EDGES} } }`;
const SIMILAR = `query ($assetId: ID!) { similarImages(assetId: $assetId, collapseNearDuplicates: true) { ${EDGES} } }`;

interface Node {
  readonly id: string;
  readonly originalName: string;
}
interface Edge {
  readonly cursor: string;
  readonly node: Node;
  readonly nearDuplicates: Node[];
}

const VARIANT_NAMES = ['resized', 'cropped'];
const SAME = ['boats-at-sunset', 'cat-face'];
const ALONE = ['harbour-boats', 'orange-dahlia', 'allium-flower', 'coloured-cups', 'brick-wall'];

describe('searches without near duplicates', () => {
  const database = emptyEmbeddedDatabase();
  let server: TestServer;
  let ids: string[];
  beforeAll(async () => {
    server = await startServer({ database, settings: { WORKERS: '2' } });
    const variants = SAME.flatMap((name) => VARIANT_NAMES.map((variant) => variantOf(sample(name), variant)));
    ids = await server.add([...SAME.map(sample), ...ALONE.map(sample), ...(await Promise.all(variants))]);
  });
  afterAll(() => server.close());

  const search = async (variables: object): Promise<Edge[]> =>
    (await server.data(SEARCH, variables)).searchByText.edges;
  /** What a name says that it shows. */
  const subject = ({ originalName }: Node) => originalName.replace(/^[a-z]+(?=-boats-at|-cat-f)-/, '');

  test.each(['SEMANTIC', 'HYBRID', 'KEYWORD'])(
    'each picture is found once, by its best, in the mode %s',
    async (mode) => {
      const query = mode === 'KEYWORD' ? 'jpg' : 'boats at sunset';
      const all = await search({ query, mode, collapse: false });
      const edges = await search({ query, mode });
      expect(edges.map(({ node }) => subject(node))).toEqual([...new Set(all.map(({ node }) => subject(node)))]);
      for (const { node, nearDuplicates } of edges) {
        expect(all.find((other) => subject(other.node) === subject(node))!.node).toEqual(node);
        expect(nearDuplicates).toHaveLength(
          SAME.includes(subject(node).replace('.jpg', '')) ? VARIANT_NAMES.length : 0,
        );
        for (const duplicate of nearDuplicates) expect(subject(duplicate)).toBe(subject(node));
      }
      expect(all.every(({ nearDuplicates }) => nearDuplicates.length === 0)).toBe(true);
    },
  );

  test('pages are full, and together what one page is; a cursor holds for the collapse only', async () => {
    const whole = await search({ query: 'boats at sunset', mode: 'HYBRID' });
    const pages: Edge[] = [];
    for (let after: string | undefined; pages.length < whole.length; after = pages.at(-1)!.cursor) {
      const page = await search({ query: 'boats at sunset', mode: 'HYBRID', first: 2, after });
      expect(page).toHaveLength(Math.min(2, whole.length - pages.length));
      pages.push(...page);
    }
    expect(pages).toEqual(whole);
    const after = whole[0]!.cursor;
    expect(await server.code(SEARCH, { query: 'boats at sunset', mode: 'HYBRID', collapse: false, after })).toBe('INVALID_CURSOR'); // prettier-ignore
  });

  test('a cursor of a depth that nobody pages to is refused', async () => {
    const query = 'boats at sunset';
    const [edge] = await search({ query, first: 1 });
    const [list] = JSON.parse(Buffer.from(edge!.cursor.slice('ai1.'.length), 'base64url').toString()) as [
      string,
      number,
    ];
    const at = (depth: number) => `ai1.${Buffer.from(JSON.stringify([list, depth])).toString('base64url')}`;
    expect(await search({ query, after: at(10_000) })).toEqual([]);
    const { errors } = await server.gql(SEARCH, { query, after: at(10_001) });
    expect(errors).toMatchObject([
      { message: expect.stringContaining('one of the best 10000 for after'), extensions: { code: 'INVALID_CURSOR' } },
    ]);
  });

  test('what does not meet the filter is no near duplicate either', async () => {
    const filter = { mimeTypes: ['image/jpeg'], text: 'c' };
    const edges = await search({ query: 'a cat', filter });
    expect(edges[0]!.nearDuplicates.map(({ originalName }) => originalName).sort()).toEqual(
      ['cat-face.jpg', ...VARIANT_NAMES.map((name) => `${name}-cat-face.jpg`)]
        .filter((name) => name !== edges[0]!.node.originalName)
        .sort(),
    );
    const [only] = await search({ query: 'a cat', filter: { text: 'cropped-cat' } });
    expect(only!.nearDuplicates).toEqual([]);
  });

  test('pictures like another one are collapsed too', async () => {
    const { edges } = (await server.data(SIMILAR, { assetId: ids[0] })).similarImages as { edges: Edge[] };
    expect(edges.map(({ node }) => subject(node)).sort()).toEqual(
      [...SAME, ...ALONE].map((name) => `${name}.jpg`).sort(),
    );
  });

  test('a page of many takes as many statements as one of one', async () => {
    const statements = async (first: number) =>
      (await statementsOf(() => search({ query: 'boats at sunset', first }))).length;
    expect(await statements(7)).toBe(await statements(1));
  });

  test('plain pictures of the same pixels are collapsed, until a person says that they differ', async () => {
    // Shrunk it is as good as one grey, so that it is near to nothing.
    const edge = 256;
    const noise = Buffer.from(
      Array.from({ length: edge ** 2 * 3 }, (_, index) => ((index * 2_654_435_761) >>> 8) & 255),
    );
    const copies = await Promise.all(
      [1, 6, 9].map(async (compressionLevel) => ({
        name: `noise-${compressionLevel}.png`,
        bytes: await bytesOf(
          sharp(noise, { raw: { width: edge, height: edge, channels: 3 } }).png({ compressionLevel }),
        ),
      })),
    );
    const added = await server.add(copies);
    const found = async () => search({ query: 'noise', mode: 'KEYWORD', filter: { text: 'noise' } });
    const [only, ...others] = await found();
    expect(others).toEqual([]);
    expect([only!.node, ...only!.nearDuplicates].map(({ id }) => id).sort()).toEqual(added.toSorted());

    await server.data('mutation ($ids: [ID!]!) { dismissDuplicates(ids: $ids) { userErrors { code } } }', {
      ids: [only!.node.id, only!.nearDuplicates[0]!.id],
    });
    const apart = await found();
    expect(apart.map(({ nearDuplicates }) => nearDuplicates.length).toSorted((a, b) => a - b)).toEqual([0, 1]);
  });
});
