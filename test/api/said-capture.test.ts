import type { Exif } from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeOnAServer, describeOnEveryDatabase } from '../support/databases.js';
import { bytesOf, numbered, sample } from '../support/pictures.js';
import { useServerWithPool } from '../support/server-with-pool.js';
import { startServer, type TestServer } from '../support/server.js';

const TAKEN = 'id state capturedAt camera { make } position { latitude longitude altitudeMetres }';
const ASSET = `query ($id: ID!) { asset(id: $id) { ${TAKEN} } }`;
const UPDATE = `mutation ($id: ID!, $input: AssetInput!) { updateAsset(id: $id, input: $input) { asset { ${TAKEN} } } }`;
const UPDATE_MANY = `mutation ($ids: [ID!]!, $input: AssetsInput!) {
  updateAssets(ids: $ids, input: $input) { assets { ${TAKEN} } userErrors { code } } }`;
const FOUND = `query ($filter: AssetFilter!, $box: GeoBox!) {
  assets(filter: $filter) { edges { node { id } } }
  searchByText(query: "a picture", mode: SEMANTIC, filter: $filter) { edges { node { id } } }
  facets(filter: $filter, of: [YEAR]) { values { value count } }
  timeline(by: DAY, filter: $filter) { undatedCount buckets { date count } }
  map(box: $box, zoom: 3, filter: $filter) { totalCount } }`;
const ORDER = `query ($direction: OrderDirection!) {
  assets(orderBy: { field: CAPTURED_AT, direction: $direction }) { edges { node { id } } } }`;
const RESOLVE = `mutation ($keep: ID!, $trash: [ID!]!) { resolveDuplicates(keep: $keep, trash: $trash) {
  keeper { ${TAKEN} } } }`;

const OF_FILE = {
  capturedAt: '2000-01-01T00:00:00.000Z',
  camera: { make: 'Maker' },
  position: { latitude: 47, longitude: 8, altitudeMetres: 58 },
};
const SAID = {
  capturedAt: '1931-07-14T09:30:00.000Z',
  position: { latitude: -13.5, longitude: -172.25, altitudeMetres: null },
};
const NOTHING = { capturedAt: null, position: null };

/** What says where and when it was taken. */
const photograph = async (number: number) =>
  bytesOf(
    numbered(number, { width: 80, height: 60 })
      .withExif({
        IFD0: { Make: 'Maker' },
        IFD2: { DateTimeOriginal: '2000:01:01 00:00:00' },
        IFD3: {
          GPSLatitudeRef: 'N',
          GPSLatitude: '47/1 0/1 0/1',
          GPSLongitudeRef: 'E',
          GPSLongitude: '8/1 0/1 0/1',
          GPSAltitudeRef: '0',
          GPSAltitude: '58/1',
        },
      } as Exif)
      .png(),
  );

describeOnEveryDatabase('when and where a picture was taken, as a person says it', (database) => {
  let server: TestServer;
  let ids: string[];
  beforeAll(async () => {
    server = await startServer({ database });
    ids = await server.add(['cat-face', 'boats-at-sunset', 'moon-surface'].map(sample));
  });
  afterAll(() => server.close());

  test('is found at once by filters, searches, facets, the timeline and the map', async () => {
    const [first, second, third] = ids as [string, string, string];
    const idsOf = (page: { edges: { node: { id: string } }[] }) => page.edges.map(({ node }) => node.id).sort();
    const box = { south: -14, west: -173, north: -13, east: -172 };
    const between = { capturedAt: { min: '1931-01-01T00:00:00Z', max: '1931-12-31T00:00:00Z' } };
    const found = async (filter: object) => {
      const answer = await server.data(FOUND, { filter, box });
      return { ...answer, assets: idsOf(answer.assets), searchByText: idsOf(answer.searchByText) };
    };
    const both = [first, second].sort();
    await server.data(UPDATE_MANY, { ids: both, input: SAID });
    const expected = {
      assets: both,
      searchByText: both,
      facets: [{ values: [{ value: '1931', count: 2 }] }],
      timeline: { undatedCount: 0, buckets: [{ date: '1931-07-14', count: 2 }] },
      map: { totalCount: 2 },
    };
    expect([await found(between), await found({ box })]).toEqual([expected, expected]);
    await server.waitUntilProcessed();
    expect([await found(between), await found({ box })]).toEqual([expected, expected]);

    await server.data(UPDATE, { id: first, input: { capturedAt: '1931-07-13T00:00:00Z' } });
    await server.data(UPDATE, { id: third, input: { capturedAt: '1931-07-15T00:00:00Z' } });
    const ordered = async (direction: string) =>
      (await server.data(ORDER, { direction })).assets.edges.map(({ node }: { node: { id: string } }) => node.id);
    expect(await ordered('ASC')).toEqual([first, second, third]);
    expect(await ordered('DESC')).toEqual([third, second, first]);

    await server.data(UPDATE_MANY, { ids, input: NOTHING });
    for (const filter of [between, { box }])
      expect(await found(filter)).toMatchObject({ assets: [], searchByText: [], map: { totalCount: 0 } });
    await server.waitUntilProcessed();
    expect((await found({ not: { box } })).searchByText).toEqual([...ids].sort());
  });

  test('comes before what the file says, where it comes with an upload or before the file is read', async () => {
    const { capturedAt, position } = SAID;
    const process = async (number: number, input: object) => server.process(await photograph(number), TAKEN, input);
    expect(await process(1, {})).toMatchObject(OF_FILE);
    expect(await process(2, { capturedAt })).toMatchObject({ ...OF_FILE, capturedAt });
    expect(await process(3, { position })).toMatchObject({ ...OF_FILE, position });
    expect(await process(4, NOTHING)).toMatchObject({ ...OF_FILE, ...NOTHING });

    const files = await Promise.all(
      [5, 6, 7, 8].map(async (number) => ({ name: '', bytes: await photograph(number) })),
    );
    const pending = (await server.upload(files)).map(({ asset }) => asset.id as string);
    await server.data(UPDATE_MANY, { ids: pending, input: SAID });
    await server.waitUntilProcessed();
    for (const id of pending)
      expect((await server.data(ASSET, { id })).asset).toMatchObject({ ...OF_FILE, ...SAID, state: 'READY' });
    const filter = { capturedAt: { min: '1931-07-14T09:30:00Z', max: '1931-07-14T09:30:00Z' } };
    const query = `query ($filter: AssetFilter!) {
      searchByText(query: "a picture", mode: SEMANTIC, filter: $filter) { edges { node { id } } } }`;
    const { searchByText } = await server.data(query, { filter });
    const found = searchByText.edges.map(({ node }: { node: { id: string } }) => node.id);
    for (const id of pending) expect(found).toContain(id);
  });

  test('a position is said as a whole', async () => {
    const { id, position } = await server.process(await photograph(9), TAKEN);
    const update = async (input: object) => (await server.data(UPDATE, { id, input })).updateAsset.asset.position;
    const { latitude, longitude } = position;
    expect(await update({ position: { latitude, longitude } })).toEqual({ ...position, altitudeMetres: null });
    expect(await update({ position: { latitude: 90, longitude: -180, altitudeMetres: -430.5 } })).toEqual({
      latitude: 90,
      longitude: -180,
      altitudeMetres: -430.5,
    });
  });
});

describeOnAServer('when and where a picture was taken, once a person has said it', (database) => {
  const on = useServerWithPool(database);
  let number = 100;
  const add = async () => on.server.process(await photograph(number++), TAKEN);
  const update = (id: string, input: object) => on.server.data(UPDATE, { id, input });
  const processAgain = async (id: string) => {
    await on.pool.query(`UPDATE asset SET state = 'FAILED', failure_code = 'INTERNAL' WHERE id = $1`, [id]);
    await on.server.data('mutation ($ids: [ID!]!) { retryAssets(ids: $ids) { userErrors { code } } }', { ids: [id] });
    await on.server.waitUntilProcessed();
    return (await on.server.data(ASSET, { id })).asset;
  };

  test('stays when the picture is processed again, and so does what is taken away', async () => {
    const { capturedAt, position } = SAID;
    for (const input of [SAID, NOTHING, { capturedAt }, { position }, { capturedAt: null }, { position: null }, {}]) {
      const { id } = await add();
      await update(id, input);
      const said = { ...OF_FILE, ...input, state: 'READY' };
      expect(await processAgain(id)).toMatchObject(said);
      expect(await processAgain(id)).toMatchObject(said);
    }
  });

  test('stays as it is given to another one, whose file says something else', async () => {
    const [{ id: keep }, { id: other }] = [await add(), await add()];
    await update(other, { capturedAt: SAID.capturedAt });
    // As a release read it that made less of files.
    const unread = 'captured_at = NULL, latitude = NULL, longitude = NULL, altitude_metres = NULL';
    await on.pool.query(`UPDATE asset SET ${unread} WHERE id = $1`, [keep]);
    const { keeper } = (await on.server.data(RESOLVE, { keep, trash: [other] })).resolveDuplicates;
    expect(keeper).toMatchObject({ capturedAt: SAID.capturedAt, position: OF_FILE.position });
    await on.pool.query('UPDATE asset SET latitude = 1 WHERE id = $1', [keep]);
    expect(await processAgain(keep)).toMatchObject({ ...OF_FILE, capturedAt: SAID.capturedAt });
  });

  test('is not given up for what a duplicate says', async () => {
    const [{ id: keep }, { id: other }] = [await add(), await add()];
    await update(keep, SAID);
    expect((await on.server.data(RESOLVE, { keep, trash: [other] })).resolveDuplicates.keeper).toMatchObject(SAID);
    expect(await processAgain(keep)).toMatchObject({ ...OF_FILE, ...SAID });
  });
});
