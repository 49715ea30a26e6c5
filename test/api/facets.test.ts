import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeOnEveryDatabase } from '../support/databases.js';
import { bytesOf } from '../support/pictures.js';
import { insertAsset } from '../support/rows.js';
import { startServer, type TestServer } from '../support/server.js';

const FACETS = `query ($filter: AssetFilter, $of: [FacetField!]!, $first: Int, $containing: String) {
  facets(filter: $filter, of: $of, first: $first, containing: $containing) { field totalValues values { value count } } }`;
const CREATE_SET = `mutation ($input: LabelSetInput!) { createLabelSet(input: $input) { labelSet { labels { id } } } }`;
const REVIEW = `mutation ($decisions: [LabelDecision!]!) { reviewLabels(decisions: $decisions) { batchId } }`;
const ALL_FIELDS = `{ __type(name: "FacetField") { enumValues { name } } }`;

/** Tags, rating, and what the camera says, by name; those of Bob's come last. */
const PICTURES = [
  { name: 'a', tags: ['sea', 'boat'], rating: 5, make: 'Canon', taken: '2023:12:31 23:30:00', label: 'Dog' },
  { name: 'b', tags: ['sea'], rating: 5, make: 'CANON', taken: '2024:01:01 00:30:00', label: 'Dog' },
  { name: 'c', tags: ['sea', 'Sea'], rating: 3, make: 'Sony', taken: '2024:01:31 12:00:00', label: 'cat' },
  { name: 'd', tags: [], rating: null, make: null, taken: null, label: null },
] as const;

describeOnEveryDatabase('facets', (database) => {
  let server: TestServer;
  const plants: string[] = [];
  beforeAll(async () => {
    server = await startServer({
      database,
      keys: {
        ada: { role: 'EDITOR' },
        bob: { role: 'EDITOR' },
        viewer: { role: 'VIEWER' },
        other: { role: 'EDITOR', library: 'other' },
        german: { role: 'EDITOR', library: 'german' },
        botany: { role: 'EDITOR', library: 'botany' },
      },
      prepare: async (prisma) => {
        const { id } = await prisma.library.findUniqueOrThrow({ where: { name: 'german' } });
        for (const lens of ['VOIGTLÄNDER NOKTON', 'Voigtländer Nokton', 'Σ 50'])
          await insertAsset(prisma, id, { lens });
        const botany = await prisma.library.findUniqueOrThrow({ where: { name: 'botany' } });
        for (const lens of ['Makro', 'Makro', 'MAKRO']) plants.push(await insertAsset(prisma, botany.id, { lens }));
      },
    });
    for (const [index, { name, tags, rating, make, taken, label }] of PICTURES.entries()) {
      const image = sharp({ create: { width: 40 + index, height: 30, channels: 3, background: '#123456' } });
      const exif = { IFD0: { ...(make && { Make: make }) }, IFD2: { ...(taken && { DateTimeOriginal: taken }) } };
      const bytes = await bytesOf(image.withExif(exif).png());
      const key = index === 3 ? 'bob' : 'ada';
      const assetIds = await server.add([{ name, bytes }], { tags, rating }, key);
      const labels = label ? [label, 'wrong'] : ['wrong'];
      for (const [change, names] of [
        ['addLabels', labels],
        ['removeLabels', ['wrong']],
      ] as const)
        await server.data(
          `mutation ($assetIds: [ID!]!, $labels: [String!]!) { ${change}(assetIds: $assetIds, labels: $labels) { userErrors { code } } }`,
          { assetIds, labels: names },
          key,
        );
    }
    const bytes = await bytesOf(sharp({ create: { width: 9, height: 9, channels: 3, background: 'red' } }).png());
    await server.add([{ name: 'elsewhere', bytes }], { tags: ['sea'] }, 'other');
    await server.waitUntilProcessed('ada');
  });
  afterAll(() => server.close());

  const facets = async (of: readonly string[], rest: object = {}, key = 'viewer') =>
    (await server.data(FACETS, { of, ...rest }, key)).facets as {
      field: string;
      totalValues: number;
      values: { value: string; count: number }[];
    }[];
  const counts = async (field: string, rest?: object) => {
    const [facet] = await facets([field], rest);
    expect(facet!.totalValues).toBe(facet!.values.length);
    return facet!.values.map(({ value, count }) => [value, count]);
  };

  test.each([
    [
      'TAG',
      [
        ['sea', 3],
        ['Sea', 1],
        ['boat', 1],
      ],
    ],
    [
      'LABEL',
      [
        ['Dog', 2],
        ['cat', 1],
      ],
    ],
    [
      'RATING',
      [
        ['5', 2],
        ['3', 1],
      ],
    ],
    [
      'CAMERA_MAKE',
      [
        ['CANON', 2],
        ['Sony', 1],
      ],
    ],
    ['LENS', []],
    [
      'YEAR',
      [
        ['2024', 2],
        ['2023', 1],
      ],
    ],
    [
      'MONTH',
      [
        ['2024-01', 2],
        ['2023-12', 1],
      ],
    ],
    ['TYPE', [['image/png', 4]]],
    ['STATE', [['READY', 4]]],
    ['ORIENTATION', [['LANDSCAPE', 4]]],
    ['FAVOURITE', [['false', 4]]],
  ])('%s: %j', async (field, expected) => {
    expect(await counts(field)).toEqual(expected);
  });

  test('many at once, of what a filter lets pass, in the order of the question', async () => {
    expect(await facets(['RATING', 'TAG', 'RATING', 'LENS'], { filter: { not: { cameraMakes: ['canon'] } } })).toEqual([
      { field: 'RATING', totalValues: 1, values: [{ value: '3', count: 1 }] },
      {
        field: 'TAG',
        totalValues: 2,
        values: [
          { value: 'Sea', count: 1 },
          { value: 'sea', count: 1 },
        ],
      },
      { field: 'LENS', totalValues: 0, values: [] },
    ]);
  });

  test('the most common only, with how many there are', async () => {
    expect(await facets(['TAG'], { first: 1 })).toEqual([
      { field: 'TAG', totalValues: 3, values: [{ value: 'sea', count: 3 }] },
    ]);
    expect(await facets([], { first: 1 })).toEqual([]);
    for (const first of [0, 201])
      expect(await server.code(FACETS, { of: ['TAG'], first }, 'viewer')).toBe('INVALID_ARGUMENT');
  });

  test.each([
    ['viewer', 'TAG', 'EA', [['sea', 3], ['Sea', 1]]], // prettier-ignore
    ['viewer', 'TAG', 'oat', [['boat', 1]]],
    ['viewer', 'TAG', '%', []],
    ['viewer', 'TAG', '\0', [['sea', 3], ['Sea', 1], ['boat', 1]]], // prettier-ignore
    ['german', 'LENS', 'voigtlander', [['VOIGTLÄNDER NOKTON', 2]]],
    ['german', 'LENS', 'VOIGTLÄN', [['VOIGTLÄNDER NOKTON', 2]]],
    ['german', 'LENS', 'σ', [['Σ 50', 1]]],
  ] as const)('to %s those of %s that contain %j', async (key, field, containing, values) => {
    const [facet] = await facets([field], { containing }, key);
    expect(facet!.values.map(({ value, count }) => [value, count])).toEqual(values);
    expect(facet!.totalValues).toBe(values.length);
  });

  test('each value finds as many assets as it counts, who uploaded them too', async () => {
    const filters: Record<string, (value: string) => object> = {
      TYPE: (value) => ({ mimeTypes: [value] }),
      STATE: (value) => ({ states: [value] }),
      ORIENTATION: (value) => ({ orientations: [value] }),
      TAG: (value) => ({ tagsAny: [value] }),
      LABEL: (value) => ({ labelsAny: [value] }),
      CAMERA_MAKE: (value) => ({ cameraMakes: [value] }),
      RATING: (value) => ({ rating: { min: Number(value), max: Number(value) } }),
      UPLOADED_BY: (value) => ({ uploadedBy: [value] }),
    };
    const query = `query ($filter: AssetFilter) { assets(filter: $filter) { totalCount }
      searchByText(query: "blue", mode: SEMANTIC, filter: $filter) { edges { cursor } } }`;
    for (const { field, values } of await facets(Object.keys(filters))) {
      expect(values.length, field).toBeGreaterThan(0);
      for (const { value, count } of values) {
        const { assets, searchByText } = await server.data(query, { filter: filters[field]!(value) }, 'viewer');
        expect([assets.totalCount, searchByText.edges.length], `${field} ${value}`).toEqual([count, count]);
      }
    }
    expect((await facets(['UPLOADED_BY']))[0]!.values.map(({ count }) => count)).toEqual([3, 1]);
  });

  test('letters of every alphabet are the same in either case, as they are for filters', async () => {
    const list = 'query ($filter: AssetFilter) { assets(filter: $filter) { totalCount edges { node { id } } } }';
    const { assets } = await server.data(list, {}, 'german');
    for (const [index, name] of ['Ärger', 'ärger'].entries()) {
      const input = { name: `Set ${index}`, labels: [{ name }] };
      const { labelSet } = (await server.data(CREATE_SET, { input }, 'german')).createLabelSet;
      const decision = { labelId: labelSet.labels[0].id, state: 'ACCEPTED' };
      await server.data(REVIEW, { decisions: [{ ...decision, assetId: assets.edges[index].node.id }] }, 'german');
    }
    const [lens, label] = await facets(['LENS', 'LABEL'], {}, 'german');
    expect([lens!.totalValues, label!.totalValues]).toEqual([2, 1]);
    expect(lens!.values).toEqual([
      { value: 'VOIGTLÄNDER NOKTON', count: 2 },
      { value: 'Σ 50', count: 1 },
    ]);
    expect(label!.values).toEqual([{ value: 'Ärger', count: 2 }]);
    for (const filter of [{ lenses: ['voigtländer nokton'] }, { labelsAny: ['ÄRGER'] }])
      expect((await server.data(list, { filter }, 'german')).assets.totalCount).toBe(2);
  });

  test('of its spellings a value has that of a label set, or else the most common one', async () => {
    const add = `mutation ($assetIds: [ID!]!, $labels: [String!]!) { addLabels(assetIds: $assetIds, labels: $labels) {
      userErrors { code } } }`;
    await server.data(add, { assetIds: plants, labels: ['DANDELION'] }, 'botany');
    for (const [name, assetIds] of [
      ['DanDelion', plants.slice(0, 1)],
      ['dandelion', plants.slice(1)],
    ] as const) {
      const input = { name: `Set of ${assetIds.length}`, labels: [{ name }] };
      const { labelSet } = (await server.data(CREATE_SET, { input }, 'botany')).createLabelSet;
      const decision = { labelId: labelSet.labels[0].id, state: 'ACCEPTED' };
      await server.data(REVIEW, { decisions: assetIds.map((assetId) => ({ ...decision, assetId })) }, 'botany');
    }
    expect(await facets(['LABEL', 'LENS'], {}, 'botany')).toEqual([
      { field: 'LABEL', totalValues: 1, values: [{ value: 'dandelion', count: 3 }] },
      { field: 'LENS', totalValues: 1, values: [{ value: 'Makro', count: 3 }] },
    ]);
  });

  test('every field there is can be asked for at once, in a library of one asset and of none', async () => {
    const { __type } = await server.data(ALL_FIELDS, {}, 'viewer');
    const fields = __type.enumValues.map(({ name }: { name: string }) => name) as string[];
    const others = await facets(fields, {}, 'other');
    expect(others.map(({ field }) => field)).toEqual(fields);
    expect(others.find(({ field }) => field === 'TAG')!.values).toEqual([{ value: 'sea', count: 1 }]);
    const none = await facets(fields, { filter: { or: [] } });
    expect(none.map(({ totalValues }) => totalValues)).toEqual(fields.map(() => 0));
  });
});
