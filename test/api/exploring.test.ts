import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { PrismaClient } from '#dist/database/database.js';
import { describeOnEveryDatabase } from '../support/databases.js';
import { sample } from '../support/pictures.js';
import { insertAsset } from '../support/rows.js';
import { startServer, type GraphQLAnswer, type TestServer } from '../support/server.js';

const TIMELINE = `query ($by: TimelineUnit, $timeZone: String, $filter: AssetFilter) {
  timeline(by: $by, timeZone: $timeZone, filter: $filter) { undatedCount buckets { date start end count } } }`;
const MAP = `query ($box: GeoBox!, $zoom: Int!, $filter: AssetFilter, $limit: Int) {
  map(box: $box, zoom: $zoom, filter: $filter, limit: $limit) { totalCount
    clusters { count latitude longitude bounds { west south east north } asset { originalName } } } }`;
const RANDOM = `query ($seed: String!, $filter: AssetFilter, $first: Int, $after: String) {
  randomAssets(seed: $seed, filter: $filter, first: $first, after: $after) {
    totalCount edges { cursor node { id } } pageInfo { hasNextPage endCursor } } }`;
const CLUSTERS = `query ($k: Int, $filter: AssetFilter, $vocabulary: [String!]) {
  clusters(k: $k, filter: $filter, vocabulary: $vocabulary) { sampleSize
    clusters { name nameScore cohesion size assetIds representatives { id originalName } } } }`;

const SUBJECTS = {
  plant: ['acanthus-plant', 'allium-flower', 'autumn-leaf', 'orange-dahlia'],
  boat: ['boats-at-sunset', 'harbour-boats'],
  texture: ['grass-texture', 'gravel-texture'],
};
const DATES = [
  '2023-12-31T23:30:00Z',
  '2024-01-01T00:30:00Z',
  '2024-01-01T09:00:00Z',
  '2024-07-14T22:30:00Z',
  '0099-03-01T12:00:00Z',
];
const PLACES = {
  louvre: [48.8606, 2.3376],
  'notre-dame': [48.853, 2.3499],
  london: [51.5007, -0.1246],
  suva: [-18.1248, 178.4501],
  apia: [-13.8333, -171.7667],
  pole: [90, 0],
  'date-line': [0, 180],
} as const;
const WORLD = { west: -180, south: -90, east: 180, north: 90 };

describeOnEveryDatabase('exploring', (database) => {
  let server: TestServer;
  let subjects: Map<string, string>;
  beforeAll(async () => {
    server = await startServer({ database, prepare: insertRows });
    const names = Object.values(SUBJECTS).flat();
    const ids = await server.add(names.map(sample), { tags: ['shown'] });
    subjects = new Map(ids.map((id, index) => [id, names[index]!]));
  });
  afterAll(() => server.close());

  const timeline = async (variables: object) =>
    (await server.data(TIMELINE, { filter: { tagsAny: ['dated'] }, ...variables })).timeline;
  const map = async (variables: object) =>
    (await server.data(MAP, { box: WORLD, zoom: 0, filter: { tagsAny: ['placed'] }, ...variables })).map;
  const random = async (variables: object) => (await server.data(RANDOM, variables)).randomAssets;
  const idsOf = (page: { edges: { node: { id: string } }[] }) => page.edges.map(({ node }) => node.id);
  const clusters = async (variables: object) =>
    (await server.data(CLUSTERS, { filter: { tagsAny: ['shown'] }, ...variables })).clusters;
  const datesOf = ({ buckets }: { buckets: { date: string; count: number }[] }) =>
    buckets.map(({ date, count }) => `${date}: ${count}`);
  /** As a list counts between the start and the end of each. */
  const countsWithin = (buckets: { start: string; end: string }[], tag: string): Promise<number[]> =>
    Promise.all(
      buckets.map(async ({ start, end }) => {
        const filter = { tagsAny: [tag], capturedAt: { min: start, max: end } };
        const list = 'query ($filter: AssetFilter) { assets(filter: $filter) { totalCount } }';
        return (await server.data(list, { filter })).assets.totalCount;
      }),
    );

  test('a timeline counts by year, month and day, and what has no date apart', async () => {
    const months = await timeline({});
    expect(datesOf(months)).toEqual(['2024-07: 1', '2024-01: 2', '2023-12: 1', '0099-03: 1']);
    expect(months.undatedCount).toBe(2);
    expect(datesOf(await timeline({ by: 'YEAR' }))).toEqual(['2024: 3', '2023: 1', '0099: 1']);
    const filter = { tagsAny: ['dated'], capturedAt: { min: '2024-01-01T00:00:00Z' } };
    const days = await timeline({ by: 'DAY', filter });
    expect(datesOf(days)).toEqual(['2024-07-14: 1', '2024-01-01: 2']);
    expect(days.undatedCount).toBe(0);
  });

  test('a timeline has its days where the time zone has them, and the range of each lists what it counts', async () => {
    const { buckets } = await timeline({ by: 'DAY', timeZone: 'Europe/Paris' });
    expect(datesOf({ buckets })).toEqual(['2024-07-15: 1', '2024-01-01: 3', '0099-03-01: 1']);
    expect(buckets[0]).toMatchObject({ start: '2024-07-14T22:00:00.000Z', end: '2024-07-15T21:59:59.999Z' });
    expect(await countsWithin(buckets, 'dated')).toEqual([1, 3, 1]);
  });

  test('the hour that clocks go back at midnight belongs to the later day, both times', async () => {
    const { buckets } = await timeline({ by: 'DAY', timeZone: 'Atlantic/Azores', filter: { tagsAny: ['clocks'] } });
    expect(datesOf({ buckets })).toEqual(['2024-10-27: 2', '2024-10-26: 1']);
    expect(buckets[0]).toMatchObject({ start: '2024-10-27T00:00:00.000Z', end: '2024-10-28T00:59:59.999Z' });
    expect(await countsWithin(buckets, 'clocks')).toEqual([2, 1]);
  });

  test.each([
    ['UTC', '9999-12-31T00:00:00.000Z', '0001-01-01T23:59:59.999Z'],
    ['Europe/Paris', '9999-12-30T23:00:00.000Z', '0001-01-01T23:50:38.999Z'],
    ['Asia/Tokyo', '9999-12-30T15:00:00.000Z', '0001-01-01T14:41:00.999Z'],
    ['America/New_York', '9999-12-31T05:00:00.000Z', '0001-01-02T04:56:01.999Z'],
  ])('the first and the last day that have a date take all that is there in %s', async (timeZone, start, end) => {
    const filter = { tagsAny: ['edges'] };
    const counts = { DAY: ['9999-12-31: 2', '0001-01-01: 2'], MONTH: ['9999-12: 2', '0001-01: 2'], YEAR: ['9999: 2', '0001: 2'] }; // prettier-ignore
    for (const [by, dates] of Object.entries(counts)) {
      const { buckets, undatedCount } = await timeline({ by, timeZone, filter });
      expect([datesOf({ buckets }), undatedCount]).toEqual([dates, 1]);
      expect(buckets).toMatchObject([{ end: '9999-12-31T23:59:59.999Z' }, { start: '0001-01-01T00:00:00.000Z' }]);
      expect(await countsWithin(buckets, 'edges')).toEqual([2, 2]);
    }
    const { buckets: days } = await timeline({ by: 'DAY', timeZone, filter });
    expect(days).toMatchObject([{ start }, { end }]);
  });

  test.each(['Mars/Olympus', '+02:00', "UTC'; DROP TABLE asset", ''])('%j is no time zone', async (timeZone) => {
    expect(await server.code(TIMELINE, { timeZone })).toBe('INVALID_ARGUMENT');
  });

  test('a map puts together what is near at a zoom, and shows the best rated', async () => {
    const far = await map({ zoom: 5, box: { west: -5, south: 45, east: 5, north: 55 } });
    expect(far.totalCount).toBe(3);
    const [paris, london] = far.clusters;
    expect(paris).toMatchObject({ count: 2, asset: { originalName: 'notre-dame' } });
    expect(paris.latitude).toBeCloseTo((48.8606 + 48.853) / 2, 6);
    expect(paris.bounds).toEqual({ west: 2.3376, south: 48.853, east: 2.3499, north: 48.8606 });
    expect(london).toMatchObject({ count: 1, asset: { originalName: 'london' } });
    const near = await map({ zoom: 15, box: { west: -5, south: 45, east: 5, north: 55 } });
    expect(near.clusters.map(({ count }: { count: number }) => count)).toEqual([1, 1, 1]);
  });

  test('a map has all of the world at every zoom, and boxes across the antimeridian', async () => {
    for (const zoom of [0, 3, 22]) {
      const { clusters: all, totalCount } = await map({ zoom });
      const counts = all.map(({ count }: { count: number }) => count);
      expect(counts.reduce((a: number, b: number) => a + b)).toBe(totalCount);
      expect(totalCount).toBe(Object.keys(PLACES).length);
    }
    const pacific = await map({ zoom: 6, box: { west: 170, south: -30, east: -160, north: 10 } });
    const names = pacific.clusters.map(({ asset }: { asset: { originalName: string } }) => asset.originalName).sort();
    expect(names).toEqual(['apia', 'date-line', 'suva']);
    expect(await map({ zoom: 22, limit: 2 })).toMatchObject({ totalCount: 7, clusters: [{ count: 1 }, { count: 1 }] });
    expect(await map({ box: { ...WORLD, north: -80 } })).toEqual({ totalCount: 0, clusters: [] });
  });

  test.each([{ zoom: 23 }, { zoom: -1 }, { limit: 0 }, { limit: 2_001 }])(
    'a map of %j is invalid',
    async (variables) => {
      expect(await server.code(MAP, { box: WORLD, zoom: 0, ...variables })).toBe('INVALID_ARGUMENT');
    },
  );

  test.each([{ south: 10, north: 0 }, { west: -181 }, { north: 1e308 }])('a box of %j is invalid', async (part) => {
    expect(await server.code(MAP, { box: { ...WORLD, ...part }, zoom: 0 })).toBe('INVALID_ARGUMENT');
  });

  test('a seed gives one order, whatever the pages, and another seed another', async () => {
    const all = await random({ seed: 'a', first: 200 });
    expect(new Set(idsOf(all)).size).toBe(all.totalCount);
    const paged: string[] = [];
    for (let after: string | null = null, isMore = true; isMore;) {
      const page: typeof all = await random({ seed: 'a', first: 7, after });
      paged.push(...idsOf(page));
      after = page.pageInfo.endCursor;
      isMore = page.pageInfo.hasNextPage;
    }
    expect(paged).toEqual(idsOf(all));
    const other = await random({ seed: 'b\u0000', first: 200 });
    expect(idsOf(other)).not.toEqual(idsOf(all));
    expect(idsOf(other).sort()).toEqual(idsOf(all).sort());
    const shown = await random({ seed: 'a', filter: { tagsAny: ['shown'] } });
    expect(idsOf(shown)).toEqual(idsOf(all).filter((id) => subjects.has(id)));
    const after = all.edges[2].cursor;
    for (const wrong of [
      { seed: 'b', after },
      { seed: 'a', after, filter: { tagsAny: ['shown'] } },
      { seed: 'a', after: 'ai1.e30' },
    ])
      // prettier-ignore
      expect(await server.code(RANDOM, wrong)).toBe('INVALID_CURSOR');
    expect(await server.code(RANDOM, { seed: '' })).toBe('INVALID_ARGUMENT');
  });

  test('a random order goes on after what is deleted while a page is read', async () => {
    const filter = { tagsAny: ['passing'] };
    const all = idsOf(await random({ seed: 'a', filter }));
    const { assets } = server.app.services;
    const findMany = assets.findMany.bind(assets);
    const spy = vi.spyOn(assets, 'findMany').mockImplementationOnce(async (...args) => {
      await server.data('mutation ($ids: [ID!]!) { deleteAssets(ids: $ids) { userErrors { code } } }', { ids: all.slice(1, 2) }); // prettier-ignore
      return findMany(...args);
    });
    const page = await random({ seed: 'a', filter, first: 2 });
    spy.mockRestore();
    expect(idsOf(page)).toEqual(all.slice(0, 1));
    expect(page.pageInfo.hasNextPage).toBe(true);
    expect(idsOf(await random({ seed: 'a', filter, after: page.pageInfo.endCursor }))).toEqual(all.slice(2));
  });

  test('every asset comes first about as often as any other', async () => {
    const firsts = new Map<string, number>();
    const filter = { tagsAny: ['shown'] };
    for (let seed = 0; seed < 80; seed++) {
      const [id] = idsOf(await random({ seed: String(seed), first: 1, filter }));
      firsts.set(id!, (firsts.get(id!) ?? 0) + 1);
    }
    expect(firsts.size).toBe(8);
    // Chi-square of 7 degrees of freedom: chance passes 24.3 once in a thousand, and these seeds are always the same.
    const chiSquare = [...firsts.values()].reduce((sum, count) => sum + (count - 10) ** 2 / 10, 0);
    expect(chiSquare).toBeLessThan(24.3);
  });

  test('clusters have what shows the same together, under the word that says it', async () => {
    const vocabulary = ['dog', 'texture', 'boat', 'castle', 'plant'];
    const { clusters: found, sampleSize } = await clusters({ k: 3, vocabulary });
    expect(sampleSize).toBe(8);
    const named = found.map(({ name, assetIds }: { name: string; assetIds: string[] }) => [
      name,
      assetIds.map((id) => subjects.get(id)!).sort(),
    ]);
    expect(Object.fromEntries(named)).toEqual(SUBJECTS);
    expect(named[0][0]).toBe('plant');
    for (const { cohesion, nameScore, size, representatives, assetIds } of found) {
      expect(size).toBe(assetIds.length);
      expect(cohesion).toBeGreaterThan(0.5);
      expect(nameScore).toBeGreaterThan(0.1);
      expect(representatives.map(({ id }: { id: string }) => id)).toEqual(assetIds.slice(0, 4));
    }
    expect(await clusters({ k: 3, vocabulary })).toEqual({ clusters: found, sampleSize });
    const common = (await clusters({ k: 3 })).clusters.map(({ name }: { name: string }) => name);
    expect(common).toContain('boat');
    expect(new Set(common).size).toBe(3);
  });

  test('clusters that are asked for at once are refused beyond a few, which may be tried again', async () => {
    const scorers = server.app.services.exploring['scorers'];
    const classEmbeddings = scorers.classEmbeddings.bind(scorers);
    let open!: () => void;
    const gate = new Promise<void>((resolve) => (open = resolve));
    const spy = vi
      .spyOn(scorers, 'classEmbeddings')
      .mockImplementation((...args) => gate.then(() => classEmbeddings(...args)));
    try {
      const refused: GraphQLAnswer[] = [];
      const asked = Array.from({ length: 12 }, async (_, index) => {
        const answer = await server.gql(CLUSTERS, { k: index + 1 });
        if (answer.errors) refused.push(answer);
        return answer;
      });
      await vi.waitFor(() => expect(refused).toHaveLength(4));
      for (const { errors } of refused)
        expect(errors).toMatchObject([{ extensions: { code: 'SERVER_BUSY', isRetryable: true } }]);
      open();
      const answers = await Promise.all(asked);
      expect(answers.filter(({ errors }) => !errors)).toHaveLength(8);
      expect((await clusters({ k: 3 })).clusters).toHaveLength(3);
    } finally {
      open();
      spy.mockRestore();
    }
  });

  test('clusters are no more than there are pictures, and have names of the vocabulary while there are any', async () => {
    const filter = { tagsAny: ['shown'], text: 'c' };
    const many = await clusters({ k: 50, vocabulary: ['boat', 'leaf'] });
    expect(many.clusters.map(({ size }: { size: number }) => size)).toEqual(Array.from({ length: 8 }, () => 1));
    const names = many.clusters.map(({ name }: { name: string | null }) => name).filter((name: string | null) => name);
    expect(names.sort()).toEqual(['boat', 'leaf']);
    const one = await clusters({ k: 1, filter });
    expect(one).toMatchObject({ clusters: [{ size: one.sampleSize }] });
    expect(await clusters({ filter: { tagsAny: ['nothing'] } })).toEqual({ clusters: [], sampleSize: 0 });
    for (const wrong of [{ k: 0 }, { k: 51 }, { vocabulary: [] }, { vocabulary: Array.from({ length: 201 }, String) }])
      expect(await server.code(CLUSTERS, wrong)).toBe('INVALID_ARGUMENT');
    const messageOf = async (vocabulary: string[]) => (await server.gql(CLUSTERS, { vocabulary })).errors?.[0]?.message;
    expect(await messageOf([])).toBe('expected 1 to 200 words for vocabulary, received a list of 0');
    expect(await messageOf([''])).toBe('expected 1 to 200 characters for a word of vocabulary, received ""');
  });
});

async function insertRows(prisma: PrismaClient, libraryId: string): Promise<void> {
  // Of another library: in none of the counts.
  const other = await prisma.library.create({
    data: { id: randomUUID(), name: 'other', fileSecret: Buffer.alloc(32) },
  });
  const shared = { capturedAt: new Date(DATES[0]!), latitude: 48.86, longitude: 2.34, rating: 5 };
  await insertAsset(prisma, other.id, { tags: ['dated', 'placed', 'shown'], ...shared });
  const dated = { tags: ['dated'] };
  for (const date of DATES) await insertAsset(prisma, libraryId, { ...dated, capturedAt: new Date(date) });
  for (let count = 0; count < 2; count++) await insertAsset(prisma, libraryId, dated);
  await insertAsset(prisma, libraryId, { ...dated, capturedAt: new Date(DATES[0]!), trashedAt: new Date() });
  for (const [originalName, [latitude, longitude]] of Object.entries(PLACES)) {
    const rating = originalName === 'notre-dame' ? 5 : null;
    await insertAsset(prisma, libraryId, { tags: ['placed'], originalName, latitude, longitude, rating });
  }
  await insertAsset(prisma, libraryId, { tags: ['placed'] });
  for (let count = 0; count < 3; count++) await insertAsset(prisma, libraryId, { tags: ['passing'] });
  // The clocks of the Azores go back to midnight at one.
  for (const date of ['2024-10-26T23:59:59.999Z', '2024-10-27T00:30:00Z', '2024-10-27T01:30:00Z'])
    await insertAsset(prisma, libraryId, { tags: ['clocks'], capturedAt: new Date(date) });
  await insertAsset(prisma, libraryId, { tags: ['edges'] });
  for (const date of ['0001-01-01T00:00:00Z', '0001-01-01T12:00:00Z', '9999-12-31T12:00:00Z', '9999-12-31T23:59:59Z'])
    await insertAsset(prisma, libraryId, { tags: ['edges'], capturedAt: new Date(date) });
}
