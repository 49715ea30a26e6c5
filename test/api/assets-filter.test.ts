import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeOnEveryDatabase } from '../support/databases.js';
import { bytesOf, numbered } from '../support/pictures.js';
import { startServer, type TestServer } from '../support/server.js';

const JANUARY = '2024-01-15T12:00:00.000Z';
const JUNE = '2024-06-15T12:00:00.000Z';

/** By name: what each picture is, and what is said of it. */
const PICTURES = {
  wide: { width: 80, height: 40, format: 'png', taken: JANUARY, tags: ['red', 'big'], rating: 5, isFavourite: true },
  tall: { width: 40, height: 80, format: 'jpeg', taken: JUNE, tags: ['red'], rating: 3, isFavourite: false },
  even: {
    width: 50,
    height: 50,
    format: 'webp',
    taken: null,
    tags: ['blue', 'it’s "odd"'],
    rating: null,
    isFavourite: true,
  },
  '100%_sure': { width: 60, height: 30, format: 'png', taken: null, tags: [], rating: 1, isFavourite: false },
} as const;
type Name = keyof typeof PICTURES;

describeOnEveryDatabase('filters', (database) => {
  let server: TestServer;
  const uploaded: string[] = [];
  beforeAll(async () => {
    server = await startServer({ database });
    for (const [name, { width, height, format, taken, ...input }] of Object.entries(PICTURES)) {
      const DateTimeOriginal = taken?.slice(0, 19).replaceAll('-', ':').replace('T', ' ');
      const image = numbered(uploaded.length, { width, height });
      const bytes = await bytesOf(
        (DateTimeOriginal ? image.withExif({ IFD2: { DateTimeOriginal } }) : image)[format](),
      );
      uploaded.push(...(await server.add([{ name, bytes }], { title: `Title of ${name.toUpperCase()}`, ...input })));
    }
    await server.data(
      'mutation ($assetIds: [ID!]!) { addLabels(assetIds: $assetIds, labels: ["Dog"]) { userErrors { code } } }',
      { assetIds: uploaded.slice(0, 2) },
    );
    await server.data(
      'mutation ($assetIds: [ID!]!) { removeLabels(assetIds: $assetIds, labels: ["dog"]) { userErrors { code } } }',
      { assetIds: uploaded.slice(1, 2) },
    );
    await server.waitUntilProcessed();
  });
  afterAll(() => server.close());

  const ALL = Object.keys(PICTURES) as Name[];
  const cases: [object, Name[]][] = [
    [{}, ALL],
    [{ mimeTypes: ['image/png'] }, ['wide', '100%_sure']],
    [{ mimeTypes: ['image/jpeg', 'image/webp'] }, ['tall', 'even']],
    [{ mimeTypes: [] }, []],
    [{ tagsAny: ['red', 'blue'] }, ['wide', 'tall', 'even']],
    [{ tagsAny: ['RED'] }, []],
    [{ tagsAny: [] }, []],
    [{ tagsAll: ['red', 'big'] }, ['wide']],
    [{ tagsAll: [] }, ALL],
    [{ tagsAny: ['it’s "odd"'] }, ['even']],
    [{ tagsAny: ["' OR 1 = 1 --"] }, []],
    [{ labelsAny: ['DOG'] }, ['wide']],
    [{ labelsAny: ['cat'] }, []],
    [{ orientations: ['LANDSCAPE'] }, ['wide', '100%_sure']],
    [{ orientations: ['PORTRAIT', 'SQUARE'] }, ['tall', 'even']],
    [{ orientations: [] }, []],
    [{ width: { min: 50 } }, ['wide', 'even', '100%_sure']],
    [{ width: { min: 50, max: 60 } }, ['even', '100%_sure']],
    [{ height: { max: 40 } }, ['wide', '100%_sure']],
    [{ byteSize: { min: 1 } }, ALL],
    [{ byteSize: { max: 1 } }, []],
    [{ capturedAt: { min: JANUARY, max: JANUARY } }, ['wide']],
    [{ capturedAt: { min: '2024-01-15T12:00:01Z' } }, ['tall']],
    [{ capturedAt: { max: '2030-01-01T00:00:00Z' } }, ['wide', 'tall']],
    [{ uploadedAt: { min: '2020-01-01T00:00:00Z' } }, ALL],
    [{ uploadedAt: { max: '2020-01-01T00:00:00Z' } }, []],
    [{ states: ['READY'] }, ALL],
    [{ states: ['PENDING', 'FAILED'] }, []],
    [{ states: [] }, []],
    [{ isFavourite: true }, ['wide', 'even']],
    [{ isFavourite: false }, ['tall', '100%_sure']],
    [{ minRating: 3 }, ['wide', 'tall']],
    [{ text: 'TALL' }, ['tall']],
    [{ text: 'title OF e' }, ['even']],
    [{ text: '%' }, ['100%_sure']],
    [{ text: '_' }, ['100%_sure']],
    [{ text: '\\' }, []],
    [{ text: '' }, ALL],
    [{ isTrashed: true }, []],
    [{ isTrashed: null, tagsAny: null, width: null, text: null }, ALL],
    [{ tagsAny: ['red'], isFavourite: true, orientations: ['LANDSCAPE'], minRating: 1, text: 'wide' }, ['wide']],
    [{ tagsAny: ['red'], isFavourite: true, orientations: ['PORTRAIT'] }, []],
  ];

  test.each(cases)('%j is met by %j, in the list and in a search', async (filter, names) => {
    const query = `query ($filter: AssetFilter) {
      assets(filter: $filter) { totalCount edges { node { originalName } } }
      searchByText(query: "a colour", filter: $filter) { edges { node { originalName } } } }`;
    const { assets, searchByText } = await server.data(query, { filter });
    const found = (edges: { node: { originalName: string } }[]) => edges.map(({ node }) => node.originalName).sort();
    expect(found(assets.edges)).toEqual(names.toSorted());
    expect(assets.totalCount).toBe(names.length);
    expect(found(searchByText.edges)).toEqual(names.toSorted());
  });
});
