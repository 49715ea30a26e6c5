import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeOnAServer } from '../support/databases.js';
import { explain, type Plan } from '../support/explain.js';
import { fillLibrary, MIDDLE, ROW_COUNT, withoutIndexes } from '../support/large-library.js';
import { startServer, type TestServer } from '../support/server.js';
import { statementsOf } from '../support/statements.js';

const LIST = `query ($filter: AssetFilter, $orderBy: AssetOrder, $first: Int, $after: String) {
  assets(filter: $filter, orderBy: $orderBy, first: $first, after: $after) { edges { cursor node { id } } }
}`;
const COUNT = 'query ($filter: AssetFilter) { assets(filter: $filter, first: 1) { totalCount } }';
// The table has about 5,000 pages of 8 KiB.
const PAGES_OF_A_LIST = 700;
const PAGES_OF_A_COUNT = 1_400;
const OTHER = '00000000-0000-4000-8000-000000000001';
/** Of the owl. */
const SET = '00000000-0000-4000-8000-000000000002';

describeOnAServer(`a library of ${ROW_COUNT} assets beside another one`, (database) => {
  let server: TestServer;
  let pool: pg.Pool;
  beforeAll(async () => {
    server = await startServer({
      database,
      prepare: async (prisma, libraryId) => {
        await prisma.library.create({ data: { id: OTHER, name: 'other', fileSecret: Buffer.from('secret') } });
        await withoutIndexes(prisma, async () => {
          await fillLibrary(prisma, libraryId, ROW_COUNT);
          await prisma.labelSet.create({ data: { id: SET, libraryId, name: 'rare', nameKey: 'rare' } });
          await prisma.label.updateMany({ where: { libraryId, name: 'owl' }, data: { labelSetId: SET } });
          await fillLibrary(prisma, OTHER, ROW_COUNT / 20);
        });
      },
    });
    pool = new pg.Pool({ connectionString: database.url, max: 1 });
    await pool.query('VACUUM (ANALYZE)');
    // A machine that does other things too makes the rows and their indexes a good deal slower.
  }, 240_000);
  afterAll(async () => {
    await pool.end();
    await server.close();
  });

  /** How Postgres does what a request asks of it. */
  async function plansOf(query: string, variables: object, part: RegExp): Promise<Plan[]> {
    const statements = await statementsOf(() => server.data(query, variables));
    const plans = await Promise.all(
      statements.filter(({ text }) => part.test(text)).map((statement) => explain(pool, statement)),
    );
    expect(plans.length).toBeGreaterThan(0);
    return plans;
  }
  const listPlans = (variables: object) => plansOf(LIST, { first: 50, ...variables }, /FROM asset .*LIMIT/s);
  const countPlans = (filter: object) => plansOf(COUNT, { filter }, /SELECT count\(\*\)/);

  function expectIndexed(plans: readonly Plan[], maxPages: number): void {
    for (const { steps, pages } of plans) {
      expect(steps).not.toContain('Seq Scan on asset');
      expect(pages, steps.join(' < ')).toBeLessThanOrEqual(maxPages);
    }
  }

  test('has the assets with a tag found by an index, for the tag to be renamed', async () => {
    const rename = 'mutation ($from: String!, $to: String!) { renameTag(from: $from, to: $to) { changedCount } }';
    expectIndexed(await plansOf(rename, { from: 'nobody has it', to: 'sea' }, /FOR NO KEY UPDATE/), 120);
  });

  const orders = ['UPLOADED_AT', 'CAPTURED_AT', 'NAME', 'SIZE', 'RATING'].flatMap((field) =>
    ['ASC', 'DESC'].map((direction) => ({ field, direction })),
  );
  test.each(orders)(
    'is listed by $field $direction from an index, from its start, its middle and its end',
    async (orderBy) => {
      const cursorOf = async (filter: object) => {
        const { assets } = await server.data(LIST, { orderBy, filter, first: 1 });
        return assets.edges[0].cursor as string;
      };
      const middle = await cursorOf({ uploadedAt: { min: MIDDLE, max: MIDDLE } });
      // Number 50,010 has no date of capture, 50,006 no rating.
      const later = (seconds: number) => new Date(MIDDLE.getTime() + seconds * 1_000);
      const undated = await cursorOf({ uploadedAt: { min: later(10), max: later(10) } });
      const unrated = await cursorOf({ uploadedAt: { min: later(6), max: later(6) } });
      for (const after of [null, middle, undated, unrated]) {
        const plans = await listPlans({ orderBy, after });
        expectIndexed(plans, 120);
        expect(plans.flatMap(({ steps }) => steps).filter((step) => step.startsWith('Sort'))).toEqual([]);
      }
    },
  );

  test.each(['ASC', 'DESC'])('has its trash listed by TRASHED_AT %s from an index', async (direction) => {
    const list = { orderBy: { field: 'TRASHED_AT', direction }, filter: { isTrashed: true } };
    const { assets } = await server.data(LIST, { ...list, first: 200 });
    for (const after of [null, assets.edges.at(-1).cursor]) {
      const plans = await listPlans({ ...list, after });
      expectIndexed(plans, 120);
      const steps = plans.flatMap((plan) => plan.steps);
      expect(steps).toContainEqual(expect.stringContaining('asset_trashed_at_idx'));
      expect(steps.filter((step) => step.startsWith('Sort'))).toEqual([]);
    }
  });

  const HOUR = { min: MIDDLE, max: new Date(MIDDLE.getTime() + 3_600_000) };
  test.each<[string, object, { list?: number; count?: number }?]>([
    ['nothing', {}],
    ['a type', { mimeTypes: ['image/tiff'] }],
    ['a tag', { tagsAny: ['rare'] }],
    ['either of two tags', { tagsAny: ['place-5', 'place-6'] }],
    ['both of two tags', { tagsAll: ['place-5', 'year-6'] }],
    ['a time of upload', { uploadedAt: HOUR }],
    ['a day of capture', { capturedAt: { min: '2016-01-01T00:00:00Z', max: '2016-01-02T00:00:00Z' } }],
    ['a size in bytes', { byteSize: { min: 9_999_000 } }],
    ['a width', { width: { min: 2_900 } }],
    ['an orientation that is rare', { orientations: ['SQUARE'] }],
    ['a state that is rare', { states: ['FAILED', 'PENDING'] }],
    ['a state that is common', { states: ['READY'] }],
    ['favourites', { isFavourite: true }],
    ['a rating', { minRating: 5 }],
    ['a text that is rare', { text: 'zeppelin' }],
    ['a text that is nowhere', { text: 'nothing like it' }],
    // A quarter of the rows, all of which are compared with the text itself.
    ['a text that is common', { text: 'harbour' }, { count: 6_000 }],
    // Postgres may have three processes count, each of which reads the labels.
    ['a label that is common', { labelsAny: ['dog'] }, { count: 2_400 }],
    // Every fiftieth row: read in order until a page is full.
    ['labels that are less common', { labelsAny: ['cat', 'boat'] }, { list: 6_000 }],
    ['a label that is rare', { labelsAny: ['owl'] }],
    ['both of two labels', { labelsAll: ['dog', 'owl'] }],
    // All that have any of them are counted.
    ['all of four labels', { labelsAll: ['dog', 'cat', 'boat', 'owl'] }, { list: 1_200 }],
    ['no tag', { isTagged: false }],
    ['any label', { isLabelled: true }, { count: 2_400 }],
    ['no label', { isLabelled: false }, { count: 2_400 }],
    ['any collection', { isInCollection: true }],
    ['no collection', { isInCollection: false }],
    ['the trash', { isTrashed: true }],
    ['a camera', { cameraModels: ['eos r7'] }],
    // Every three hundredth row: read in order until a page is full.
    ['a lens', { lenses: ['lens 7'] }, { list: 1_000 }],
    ['who uploaded it', { uploadedBy: ['00000000-0000-4000-8000-000000000001'] }],
    ['a box', { box: { south: 10, west: 179, north: 14, east: -179 } }],
    ['a circle', { near: { latitude: 47, longitude: 8, radiusMetres: 100_000 } }],
    ['a colour', { colour: { hex: '#00ff00', maxDistance: 5 } }],
    ['either of two that are rare', { or: [{ tagsAny: ['rare'] }, { colour: { hex: '#00ff00', maxDistance: 0 } }] }],
    ['a label with its probability', { labels: [{ name: 'owl', minProbability: 0.4 }] }],
    ['a set of labels that are rare', { labels: [{ labelSetId: SET }] }],
    ['what is rare and not something', { tagsAny: ['rare'], not: { rating: { max: 3 } } }],
    [
      'much at once',
      { tagsAny: ['year-3'], mimeTypes: ['image/png'], minRating: 3, orientations: ['PORTRAIT'], text: 'IMG' },
    ],
  ])('is filtered and counted by %s from an index', async (_, filter, most = {}) => {
    expectIndexed(await listPlans({ filter }), most.list ?? PAGES_OF_A_LIST);
    expectIndexed(await countPlans(filter), most.count ?? PAGES_OF_A_COUNT);
  });

  test('facets are counted in one statement, of all or of some', async () => {
    const query = `query ($filter: AssetFilter) { facets(filter: $filter, of: [TAG, LABEL, TYPE, RATING, YEAR, LENS]) {
      field totalValues values { value count } } }`;
    for (const filter of [{}, { tagsAny: ['rare'] }])
      expect(await statementsOf(() => server.data(query, { filter }))).toHaveLength(1);
    const { facets } = await server.data(query);
    const [tags] = facets as { field: string; totalValues: number; values: object[] }[];
    // Ten years, 97 places, and one that is rare.
    expect([tags!.field, tags!.totalValues, tags!.values.length]).toEqual(['TAG', 108, 50]);
    expectIndexed(await plansOf(query, { filter: { tagsAny: ['rare'] } }, /WITH matched/), 2_000);
  });

  const SEARCH = `query ($query: String!) {
    searchByText(query: $query, mode: KEYWORD, first: 30) { edges { node { id } } } }`;
  test.each(['lighthouses in storms', 'lighthou', '"lighthouse in a storm" -harbour'])(
    'is searched for the words %s in an index',
    async (query) => {
      expect((await server.data(SEARCH, { query })).searchByText.edges).toHaveLength(20);
      const plans = await plansOf(SEARCH, { query }, /asset_text/);
      const steps = plans.flatMap((plan) => plan.steps);
      expect(steps).toContain('Bitmap Index Scan on asset_text_words_idx');
      // A file of just that name is looked up as well.
      expect(steps).toContainEqual(expect.stringContaining('asset_original_name_idx'));
      expectIndexed(plans, 1_000);
    },
  );

  test.each(['from above', '"the harbour"', 'harbour -above'])(
    'is searched for the stop words of %s in an index of texts',
    async (query) => {
      const plans = await plansOf(SEARCH.replace('KEYWORD', 'HYBRID'), { query }, /asset_text/);
      const steps = plans.flatMap((plan) => plan.steps);
      expect(steps).toContain('Bitmap Index Scan on asset_text_spelling_idx');
      expect(steps).not.toContain('Seq Scan on asset_text');
    },
  );

  test('words that both libraries have are looked for among the assets of one', async () => {
    const statements = await statementsOf(() => server.data(SEARCH, { query: 'harbour img' }));
    const { text, values } = statements.find((statement) => /asset_text/.test(statement.text))!;
    const { rows } = await pool.query<{ id: string }>(`SELECT id FROM library WHERE name <> 'other'`);
    const others = values.map((value) => (value === rows[0]!.id ? OTHER : value));
    expect(others).not.toEqual(values);
    expectIndexed([await explain(pool, { text, values: others })], 4_000);
  });

  test('is searched for a word that is spelled wrong in an index', async () => {
    expect((await server.data(SEARCH, { query: 'lighthose storm' })).searchByText.edges).toHaveLength(20);
    const plan = await explain(pool, { text: 'SELECT 1 FROM asset_text WHERE $1 <% spelling', values: ['lighthose'] });
    expect(plan.steps).toContain('Bitmap Index Scan on asset_text_spelling_idx');
    expectIndexed([plan], 1_000);
  });

  test('a sample of it is read from an index', async () => {
    const [plan] = await plansOf('{ clusters { sampleSize } }', {}, /LIMIT/);
    expect(plan!.rows).toBe(2_000);
    expect(plan!.steps).toContainEqual(expect.stringContaining('asset_sample_idx'));
    expect(plan!.pages).toBeLessThan(100);
  });

  test('a page of 100 takes as many statements as a page of 5', async () => {
    const query = `query ($first: Int, $filter: AssetFilter) { assets(first: $first, filter: $filter) { totalCount
      edges { node { id url tags failure { code } camera { make } position { latitude } rendition(size: THUMBNAIL) { url }
        labels { name source state probability } } } } }`;
    for (const filter of [{}, { labelsAny: ['dog'], tagsAny: ['year-3', 'year-4'], text: 'img' }]) {
      const statements = (first: number) => statementsOf(() => server.data(query, { first, filter }));
      // The first one also reads the secret that signs the addresses of files.
      await statements(5);
      const few = await statements(5);
      expect(few.length).toBeGreaterThanOrEqual(3);
      // Those that are sent side by side come in any order.
      const begins = (sent: readonly { text: string }[]) => sent.map(({ text }) => text.slice(0, 20)).sort();
      expect(begins(await statements(100))).toEqual(begins(few));
    }
  });
});
