import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeOnEveryDatabase } from '../support/databases.js';
import { bytesOf } from '../support/pictures.js';
import { startServer, type TestServer } from '../support/server.js';
import { statementsOf } from '../support/statements.js';

const JANUARY = '2024-01-15T12:00:00.000Z';

/** By name: what each picture is, what its camera says, and what is said of it. */
const PICTURES = {
  wide: {
    picture: { width: 80, height: 40, background: '#cc2211' },
    format: 'png',
    exif: {
      IFD0: { Make: 'Canon', Model: 'EOS R5' },
      IFD2: { DateTimeOriginal: '2024:01:15 12:00:00', LensModel: 'RF 50mm' },
      // Fiji, just west of the antimeridian.
      IFD3: { GPSLatitudeRef: 'S', GPSLatitude: '17/1 0/1 0/1', GPSLongitudeRef: 'E', GPSLongitude: '179/1 30/1 0/1' },
    },
    said: { tags: ['red', 'big'], rating: 5, isFavourite: true },
  },
  tall: {
    picture: { width: 40, height: 80, background: '#d03020' },
    format: 'jpeg',
    exif: {
      IFD0: { Make: 'CANON', Model: 'EOS R6' },
      IFD2: { DateTimeOriginal: '2024:06:15 12:00:00' },
      // Samoa, east of it.
      IFD3: { GPSLatitudeRef: 'S', GPSLatitude: '14/1 0/1 0/1', GPSLongitudeRef: 'W', GPSLongitude: '171/1 0/1 0/1' },
    },
    said: { tags: ['red'], rating: 3, isFavourite: false },
  },
  even: {
    picture: { width: 50, height: 50, background: '#2040c0' },
    format: 'webp',
    exif: {
      IFD0: { Make: 'Sony' },
      // Greenwich.
      IFD3: { GPSLatitudeRef: 'N', GPSLatitude: '51/1 28/1 40/1', GPSLongitudeRef: 'W', GPSLongitude: '0/1 0/1 0/1' },
    },
    said: { tags: ['blue', 'it’s "odd"'], rating: null, isFavourite: true },
  },
  '100%_sure': {
    picture: { width: 60, height: 30, background: '#808080' },
    format: 'png',
    exif: null,
    said: { tags: [], rating: 1, isFavourite: false },
  },
} as const;
type Name = keyof typeof PICTURES;

describeOnEveryDatabase('filters', (database) => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer({ database });
    const uploaded: string[] = [];
    for (const [name, { picture, format, exif, said }] of Object.entries(PICTURES)) {
      const image = sharp({ create: { ...picture, channels: 3 } });
      const bytes = await bytesOf((exif ? image.withExif(exif) : image)[format]());
      uploaded.push(...(await server.add([{ name, bytes }], { title: `Title of ${name.toUpperCase()}`, ...said })));
    }
    const label = (change: string, labels: readonly string[], assetIds: readonly string[]) =>
      server.data(
        `mutation ($assetIds: [ID!]!, $labels: [String!]!) { ${change}(assetIds: $assetIds, labels: $labels) { userErrors { code } } }`,
        { assetIds, labels },
      );
    await label('addLabels', ['Dog'], uploaded.slice(0, 2));
    await label('removeLabels', ['dog'], uploaded.slice(1, 2));
    await label('addLabels', ['Lake', 'Hut'], uploaded.slice(0, 1));
    await label('addLabels', ['Lake'], uploaded.slice(2, 3));
    await label('addLabels', ['One', 'Two', 'Three', 'Four'], [uploaded[0]!, uploaded[2]!]);
    await label('removeLabels', ['four'], uploaded.slice(2, 3));
    await label('addLabels', ['Mistake'], uploaded.slice(3, 4));
    await label('removeLabels', ['mistake'], uploaded.slice(3, 4));
    await server.data(
      `mutation ($assetIds: [ID!]!) {
        labelAssets(assetIds: $assetIds, labels: ["a colour"], threshold: 0) { userErrors { code } } }`,
      { assetIds: uploaded.slice(1, 3) },
    );
    const { createCollection } = await server.data(
      'mutation { createCollection(input: { name: "Best" }) { collection { id } } }',
    );
    await server.data(
      'mutation ($id: ID!, $assetIds: [ID!]!) { addToCollection(id: $id, assetIds: $assetIds) { userErrors { code } } }',
      { id: createCollection.collection.id, assetIds: uploaded.slice(0, 1) },
    );
    await server.waitUntilProcessed();
  });
  afterAll(() => server.close());

  interface Found {
    readonly totalCount: number;
    readonly edges: readonly { readonly node: { readonly originalName: string } }[];
  }
  /** The list, and searches for what all of them have: words, and some likeness to a text. */
  async function expectFound(filter: object, names: readonly string[]): Promise<void> {
    const query = `query ($filter: AssetFilter) {
      list: assets(filter: $filter) { totalCount edges { node { originalName } } }
      words: searchByText(query: "title", mode: KEYWORD, filter: $filter) { edges { node { originalName } } }
      meaning: searchByText(query: "a colour", mode: SEMANTIC, filter: $filter) { edges { node { originalName } } } }`;
    const { list, words, meaning } = (await server.data(query, { filter })) as Record<string, Found>;
    for (const [way, { edges }] of Object.entries({ list, words, meaning }) as [string, Found][])
      expect(edges.map(({ node }) => node.originalName).sort(), way).toEqual(names.toSorted());
    expect(list!.totalCount).toBe(names.length);
  }

  const ALL = Object.keys(PICTURES) as Name[];
  const DOG = { labelsAny: ['dog'] };
  const FIJI = { latitude: -17, longitude: 179.5 };
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
    [{ tagsNone: ['red', 'blue'] }, ['100%_sure']],
    [{ tagsNone: [] }, ALL],
    [{ labelsAny: [] }, []],
    [{ labelsAll: ['DOG', 'lake', 'Lake'] }, ['wide']],
    [{ labelsAll: ['dog', 'cat'] }, []],
    [{ labelsAll: [] }, ALL],
    [{ labelsAll: ['One', 'two', 'THREE', 'one'] }, ['wide', 'even']],
    [{ labelsAll: ['One', 'two', 'THREE', 'lake', 'LAKE'] }, ['wide', 'even']],
    [{ labelsAll: ['One', 'two', 'THREE', 'four'] }, ['wide']],
    [{ labelsAll: ['One', 'two', 'THREE', 'nowhere'] }, []],
    [{ not: { labelsAll: ['One', 'two', 'THREE', 'lake'] } }, ['tall', '100%_sure']],
    [{ labelsNone: ['dog', 'cat'] }, ['tall', 'even', '100%_sure']],
    [{ labelsNone: [] }, ALL],
    [{ isTagged: true }, ['wide', 'tall', 'even']],
    [{ isTagged: false }, ['100%_sure']],
    [{ isLabelled: true }, ['wide', 'tall', 'even']],
    [{ isLabelled: false }, ['100%_sure']],
    [{ not: { isLabelled: false } }, ['wide', 'tall', 'even']],
    [{ isInCollection: true }, ['wide']],
    [{ isInCollection: false }, ['tall', 'even', '100%_sure']],
    [{ or: [{ isInCollection: true }, { isTagged: false }] }, ['wide', '100%_sure']],
    [{ labels: [{ name: 'DOG' }] }, ['wide']],
    [{ labels: [{ name: 'dog', states: ['REJECTED'] }] }, ['tall']],
    [{ labels: [{ name: 'dog', states: ['REJECTED', 'ACCEPTED'] }] }, ['wide', 'tall']],
    [{ labels: [{ name: 'dog', states: [] }] }, []],
    [{ labels: [{ name: 'dog', minProbability: 1 }, { name: 'lake' }] }, ['wide']],
    [{ labels: [{ name: 'a colour', states: ['SUGGESTED'], minProbability: 0 }] }, ['tall', 'even']],
    [{ labels: [{ name: 'a colour', states: ['ACCEPTED'] }] }, []],
    [{ labels: [{ name: 'nowhere' }] }, []],
    [{ labels: [] }, ALL],
    [{ cameraMakes: ['canon'] }, ['wide', 'tall']],
    [{ cameraMakes: ['sony', 'Nikon'] }, ['even']],
    [{ cameraModels: ['eos r5'], cameraMakes: ['CaNoN'] }, ['wide']],
    [{ lenses: ['rf 50MM'] }, ['wide']],
    [{ lenses: [] }, []],
    [{ isGeotagged: true }, ['wide', 'tall', 'even']],
    [{ isGeotagged: false }, ['100%_sure']],
    [{ near: { ...FIJI, radiusMetres: 0 } }, ['wide']],
    // Across the antimeridian, 9.5 degrees of longitude: 1,062 km.
    [{ near: { ...FIJI, radiusMetres: 1_050_000 } }, ['wide']],
    [{ near: { ...FIJI, radiusMetres: 1_080_000 } }, ['wide', 'tall']],
    [{ near: { latitude: 90, longitude: 0, radiusMetres: 4_300_000 } }, ['even']],
    [{ near: { latitude: 0, longitude: 0, radiusMetres: 20_100_000 } }, ['wide', 'tall', 'even']],
    [{ box: { south: -20, west: 170, north: 0, east: -170 } }, ['wide', 'tall']],
    [{ box: { south: -20, west: -175, north: 0, east: 170 } }, ['tall']],
    [{ box: { south: -90, west: -180, north: 90, east: 180 } }, ['wide', 'tall', 'even']],
    [{ box: { south: 51, west: 0, north: 52, east: 0 } }, ['even']],
    [{ aspectRatio: { min: 2 } }, ['wide', '100%_sure']],
    [{ aspectRatio: { max: 1 } }, ['tall', 'even']],
    [{ aspectRatio: { min: 0.5, max: 0.5 } }, ['tall']],
    [{ width: { max: 9_000_000_000_000 }, height: { min: -9_000_000_000_000 } }, ALL],
    [{ rating: { min: 2, max: 4 } }, ['tall']],
    [{ rating: { max: 3 } }, ['tall', '100%_sure']],
    [{ rating: {} }, ALL],
    [{ uploadedBy: ['00000000-0000-4000-8000-000000000001', "'", ''] }, []],
    [{ not: { uploadedBy: ['00000000-0000-4000-8000-000000000001'] } }, ALL],
    [{ colour: { hex: '#cc2211' } }, ['wide', 'tall']],
    [{ colour: { hex: '#CC2211', maxDistance: 0 } }, ['wide']],
    [{ colour: { hex: '#3030d0', maxDistance: 40 } }, ['even']],
    [{ colour: { hex: '#00ff00', maxDistance: 40 } }, []],
    [{ colour: { hex: '#828282', maxDistance: 2 } }, ['100%_sure']],
    [{ and: [] }, ALL],
    [{ or: [] }, []],
    [{ not: {} }, []],
    [{ not: { or: [] } }, ALL],
    [{ and: [{ tagsAny: ['red'] }, { rating: { max: 4 } }] }, ['tall']],
    [{ or: [{ tagsAny: ['blue'] }, { rating: { max: 4 } }] }, ['tall', 'even', '100%_sure']],
    [{ or: [{ tagsAny: ['blue'] }, DOG], isFavourite: true }, ['wide', 'even']],
    [{ or: [DOG, {}] }, ALL],
    [{ not: { tagsAny: ['red'] } }, ['even', '100%_sure']],
    // What has no value meets no condition on it, and so its not.
    [{ not: { rating: { max: 3 } } }, ['wide', 'even']],
    [{ not: { capturedAt: { max: '2024-03-01T00:00:00Z' } } }, ['tall', 'even', '100%_sure']],
    [{ not: { cameraMakes: ['canon'] } }, ['even', '100%_sure']],
    [{ not: { box: { south: -90, west: -180, north: 0, east: 180 } } }, ['even', '100%_sure']],
    [{ not: { near: { ...FIJI, radiusMetres: 2_000_000 } } }, ['even', '100%_sure']],
    [{ not: { labels: [{ name: 'dog', states: ['REJECTED'] }] } }, ['wide', 'even', '100%_sure']],
    [{ not: { text: 'TALL' } }, ['wide', 'even', '100%_sure']],
    [{ not: { not: { not: { text: 'TALL', tagsAny: ['red'] } } } }, ['wide', 'even', '100%_sure']],
    [{ or: [{ text: 'TALL' }, { near: { latitude: 51.5, longitude: 0, radiusMetres: 9_000 } }] }, ['tall', 'even']],
    [{ and: [{ not: DOG }, { or: [{ text: '%' }, { lenses: ['x'] }, { tagsAll: ['red'] }] }] }, ['tall', '100%_sure']],
    [{ or: [{ states: ['FAILED'] }, { tagsAny: ['blue'] }] }, ['even']],
    [{ not: { states: ['READY'] } }, []],
    // Contradictions.
    [{ tagsAny: ['red'], tagsNone: ['red'] }, []],
    [{ and: [DOG, { not: DOG }] }, []],
    [{ isGeotagged: false, near: { ...FIJI, radiusMetres: 1 } }, []],
    [{ and: null, or: null, not: null, labels: null, near: null, box: null, colour: null, rating: null }, ALL],
  ];

  test.each(cases)('%j is met by %j, in the list and in searches', expectFound);

  test('a label is found by what the model had it at, and no more', async () => {
    const { assets } = await server.data('{ assets { edges { node { originalName labels { name probability } } } } }');
    const probabilityOf = (name: Name): number => {
      const { node } = assets.edges.find((edge: { node: { originalName: string } }) => edge.node.originalName === name);
      return node.labels.find((label: { name: string }) => label.name === 'a colour').probability as number;
    };
    const [least, most] = (['tall', 'even'] as const).toSorted((a, b) => probabilityOf(a) - probabilityOf(b));
    const from = (minProbability: number) => ({ labels: [{ name: 'A Colour', minProbability }] });
    await expectFound(from(probabilityOf(least!)), [least!, most!]);
    await expectFound(from(probabilityOf(most!)), [most!]);
    await expectFound(
      { not: from(probabilityOf(most!)) },
      ALL.filter((name) => name !== most),
    );
  });

  test('many labels take no more joins than a few', async () => {
    const query = 'query ($filter: AssetFilter) { assets(filter: $filter) { edges { node { originalName } } } }';
    const joins = async (count: number) => {
      const filter = { labelsAll: Array.from({ length: count }, (_, index) => `label ${index}`) };
      const statements = await statementsOf(() => server.data(query, { filter }));
      return statements.map(({ text }) => text.split('FROM asset_label').length - 1);
    };
    expect(await joins(4)).toEqual([0, 4]);
    expect(await joins(200)).toEqual([0, 4]);
  });

  test('the trash is a matter of the whole filter', async () => {
    const { assets } = await server.data('{ assets(filter: { text: "tall" }) { edges { node { id } } } }');
    const ids = [assets.edges[0].node.id as string];
    const move = (change: string) =>
      server.data(`mutation ($ids: [ID!]!) { ${change}(ids: $ids) { userErrors { code } } }`, { ids });
    await move('trashAssets');
    await server.waitUntilProcessed();
    const either = [{ text: 'TALL' }, { tagsAny: ['blue'] }];
    await expectFound({ or: either }, ['even']);
    await expectFound({ or: either, isTrashed: true }, ['tall']);
    await expectFound({ not: { tagsAny: ['blue'] }, isTrashed: true }, ['tall']);
    await expectFound({ not: { text: 'WIDE' } }, ['even', '100%_sure']);
    await move('restoreAssets');
    await server.waitUntilProcessed();
    await expectFound({ or: either }, ['tall', 'even']);
  });

  const nested = (depth: number, leaf: object): object =>
    depth === 0 ? leaf : depth % 2 ? { not: nested(depth - 1, leaf) } : { or: [nested(depth - 1, leaf)] };

  test('filters nest six deep, whatever is at their ground', async () => {
    await expectFound(nested(6, { box: { south: -20, west: 170, north: 0, east: -170 } }), ['even', '100%_sure']);
    await expectFound(nested(6, { text: 'TALL' }), ['wide', 'even', '100%_sure']);
  });

  const many = (count: number) => Array.from({ length: count }, (_, index) => `value ${index}`);
  const bad: [object, string][] = [
    [{ tagsNone: many(10_000) }, 'filter.tagsNone'],
    [{ or: [{}, { not: { tagsAny: many(201) } }] }, 'filter.or[1].not.tagsAny'],
    [{ labelsAll: ['\0'] }, 'filter.labelsAll'],
    [{ cameraMakes: ['a\0'] }, 'filter.cameraMakes'],
    [{ uploadedBy: ['\0'] }, 'filter.uploadedBy'],
    [{ and: [{ text: '\0' }] }, 'filter.and[0].text'],
    [{ labels: [{ name: 'a\0' }] }, 'filter.labels[0].name'],
    [{ labels: [{ name: 'a' }, { name: 'b', minProbability: 1.1 }] }, 'filter.labels[1].minProbability'],
    [{ labels: [{ name: 'a' }, { states: ['ACCEPTED'] }] }, 'filter.labels[1]'],
    [{ labels: [{ labelId: 'a\0' }] }, 'filter.labels[0].labelId'],
    [{ labels: [{ name: 'a', labelSetId: '\0' }] }, 'filter.labels[0].labelSetId'],
    [{ labels: many(21).map((name) => ({ name })) }, 'filter.labels'],
    [{ near: { latitude: 91, longitude: 0, radiusMetres: 1 } }, 'filter.near.latitude'],
    [{ near: { latitude: 0, longitude: -181, radiusMetres: 1 } }, 'filter.near.longitude'],
    [{ near: { latitude: 0, longitude: 0, radiusMetres: -1 } }, 'filter.near.radiusMetres'],
    [{ near: { latitude: 0, longitude: 0, radiusMetres: 1e300 } }, 'filter.near.radiusMetres'],
    [{ not: { box: { south: 1, west: 0, north: 0, east: 1 } } }, 'filter.not.box'],
    [{ box: { south: 0, west: 0, north: 0, east: 999 } }, 'filter.box.east'],
    [{ aspectRatio: { min: 2, max: 1 } }, 'filter.aspectRatio'],
    [{ rating: { min: 5, max: 1 } }, 'filter.rating'],
    [{ rating: { min: 6 } }, 'filter.rating'],
    [{ not: { rating: { min: -5 } } }, 'filter.not.rating'],
    [{ or: [{ rating: { min: 1, max: 6 } }] }, 'filter.or[0].rating'],
    [{ minRating: 6 }, 'filter.minRating'],
    [{ colour: { hex: 'red' } }, 'filter.colour.hex'],
    [{ colour: { hex: '#ff0000', maxDistance: 41 } }, 'filter.colour.maxDistance'],
    [{ and: [{ isTrashed: true }] }, 'filter.and[0].isTrashed'],
    [{ not: { isTrashed: false } }, 'filter.not.isTrashed'],
    [{ or: Array.from({ length: 21 }, () => ({ ...DOG, labelsNone: ['cat'] })) }, 'filter.or[20].labelsAny'],
    [{ labels: many(20).map((name) => ({ name })), and: [{ labels: many(21).slice(1).map((name) => ({ name })), not: { collections: [] } }] }, 'filter.and[0].not.collections'], // prettier-ignore
    [nested(7, {}), 'filter.not.or[0].not.or[0].not.or[0].not'],
    [{ or: many(64).map(() => ({})) }, 'filter.or[63]'],
  ];
  test.each(bad)('%j is refused everywhere, by the name of its part', async (filter, path) => {
    for (const field of [
      'assets(filter: $filter) { edges { cursor } }',
      'assets(filter: $filter) { totalCount }',
      'searchByText(query: "title", mode: KEYWORD, filter: $filter) { edges { cursor } }',
      'searchByText(query: "title", mode: SEMANTIC, filter: $filter) { edges { cursor } }',
      'facets(filter: $filter, of: [TAG]) { totalValues }',
    ]) {
      const { errors, status } = await server.gql(`query ($filter: AssetFilter) { ${field} }`, { filter });
      expect(status).toBe(200);
      expect(errors?.[0]?.extensions.code).toBe('INVALID_FILTER');
      expect(errors?.[0]?.message).toContain(` for ${path}, received`);
    }
  });

  test.each([
    ['9999-12-31T23:59:59-14:00', '+010000-01-01T13:59:59.000Z'],
    ['0000-12-31T23:59:59Z', '0000-12-31T23:59:59.000Z'],
  ])('a date out of range, %s, is named as dates are written', async (max, received) => {
    const query = 'query ($filter: AssetFilter) { assets(filter: $filter) { totalCount } }';
    const { errors } = await server.gql(query, { filter: { capturedAt: { max } } });
    expect(errors).toMatchObject([
      {
        message: `expected the years 1 to 9999 for filter.capturedAt, received "${received}"`,
        extensions: { code: 'INVALID_FILTER' },
      },
    ]);
  });

  test.each(['aspectRatio: { max: 1e999 }', 'near: { latitude: 0, longitude: 0, radiusMetres: 1e999 }'])(
    'infinity in a query, %s, is refused',
    async (condition) => {
      expect(await server.code(`{ assets(filter: { ${condition} }) { edges { cursor } } }`)).toBe('INVALID_FILTER');
    },
  );

  test.each([20_000, 2_000, 120])('what is nested %i deep is refused, and the server goes on', async (depth) => {
    let variable = '{}';
    for (let level = 0; level < depth; level++) variable = `{"not":${variable}}`;
    const literal = variable.replaceAll('"', '');
    const bodies = [
      `{"query":"query ($filter: AssetFilter) { assets(filter: $filter) { edges { cursor } } }","variables":{"filter":${variable}}}`,
      JSON.stringify({ query: `{ assets(filter: ${literal}) { edges { cursor } } }` }),
    ];
    for (const body of bodies) {
      const headers = { 'content-type': 'application/json' };
      const response = await fetch(`${server.url}/graphql`, { method: 'POST', headers, body });
      const { errors } = (await response.json()) as { errors: { extensions: { code: string } }[] };
      expect(['GRAPHQL_INVALID', 'INVALID_FILTER', 'QUERY_TOO_LARGE']).toContain(errors[0]!.extensions.code);
    }
    expect(await server.data('{ assets { totalCount } }')).toEqual({ assets: { totalCount: 4 } });
  });
});
