import { afterAll, beforeAll, expect, test } from 'vitest';
import type { PrismaClient } from '#dist/database/database.js';
import { describeOnAServer, describeOnEveryDatabase } from '../support/databases.js';
import { useServerWithPool } from '../support/server-with-pool.js';
import { startServer, type TestServer } from '../support/server.js';

const UPDATE = `mutation ($ids: [ID!]!, $input: AssetsInput!) {
  updateAssets(ids: $ids, input: $input) { assets { id tags } userErrors { code message assetId } } }`;
const RENAME = 'mutation { renameTag(from: "sea", to: "ocean") { changedCount remainingCount } }';
const JOBS = '{ jobs(kind: RENAME_TAG) { counts { succeeded failed } } }';
const COUNT = 'query ($tag: String!) { assets(filter: { tagsAny: [$tag] }) { totalCount } }';

/** Of 30 kB each, of which a transaction takes six: the last portion is not full. */
const MANY = 16;
const PORTION = 6;

async function insertDescribed(prisma: PrismaClient, libraryId: string): Promise<void> {
  await prisma.$executeRaw`
    INSERT INTO asset (id, library_id, state, sha256, original_name, mime_type, byte_size, width, height, orientation, tags,
      description)
    SELECT gen_random_uuid(), ${libraryId}::uuid, 'FAILED', md5('described' || n) || md5('described' || n), n || '.jpg',
      'image/jpeg', 1, 3, 2, 'LANDSCAPE', ARRAY['sea'], repeat('海辺', 5000)
    FROM generate_series(1, ${MANY}) AS n`;
}

const idsOf = async (server: TestServer): Promise<string[]> => {
  const { assets } = await server.data('{ assets(first: 50) { edges { node { id } } } }');
  return assets.edges.map(({ node }: { node: { id: string } }) => node.id).toSorted();
};
const count = async (server: TestServer, tag: string): Promise<number> =>
  (await server.data(COUNT, { tag })).assets.totalCount;

describeOnEveryDatabase('assets with long texts', (database) => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer({ database, prepare: insertDescribed });
  });
  afterAll(() => server.close());

  test('are changed in portions, and answered in the order that was asked for', async () => {
    const ids = (await idsOf(server)).toReversed();
    const input = { addTags: ['sky'] };
    const { assets, userErrors } = (await server.data(UPDATE, { ids: [...ids, ids[0]], input })).updateAssets;
    expect(assets).toEqual(ids.map((id) => ({ id, tags: ['sea', 'sky'] })));
    expect(userErrors).toEqual([]);
  });

  test('lose a tag in portions, by jobs after the first one', async () => {
    const { renameTag } = await server.data(RENAME);
    expect(renameTag).toEqual({ changedCount: PORTION, remainingCount: MANY - PORTION });
    await server.waitUntilProcessed();
    expect([await count(server, 'sea'), await count(server, 'ocean')]).toEqual([0, MANY]);
    expect((await server.data(JOBS)).jobs.counts).toEqual({ succeeded: 2, failed: 0 });
  });
});

describeOnAServer('a change of long texts that fails under way', (database) => {
  const on = useServerWithPool(database, { prepare: insertDescribed });

  /** Whoever writes this asset loses the connection, or has the error, until it is undone. */
  async function failAt(id: string, statement: string): Promise<void> {
    await on.pool.query(`
      CREATE OR REPLACE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN ${statement}; RETURN NEW; END $$;
      CREATE OR REPLACE TRIGGER fail BEFORE UPDATE ON asset FOR EACH ROW WHEN (NEW.id = '${id}') EXECUTE FUNCTION fail()`);
  }

  test.each([
    ['DATABASE_FAILED', 'the database does not answer', 'PERFORM pg_terminate_backend(pg_backend_pid())'],
    ['INTERNAL', 'an unexpected fault', `RAISE 'unforeseen'`],
  ])('says what was done, and of the rest %s', async (code, message, statement) => {
    const ids = await idsOf(on.server);
    const [done, left] = [ids.slice(0, PORTION), ids.slice(PORTION)];
    await failAt(left[0]!, statement);
    const update = async () => (await on.server.data(UPDATE, { ids, input: { addTags: [code] } })).updateAssets;
    const { assets, userErrors } = await update();
    expect(assets.map(({ id }: { id: string }) => id)).toEqual(done);
    expect(userErrors).toEqual(left.map((assetId) => ({ code, message, assetId })));
    expect(await count(on.server, code)).toBe(PORTION);
    await on.pool.query('DROP TRIGGER fail ON asset');
    expect((await update()).userErrors).toEqual([]);
    expect(await count(on.server, code)).toBe(MANY);
  });

  test('is an error where nothing was done', async () => {
    const ids = await idsOf(on.server);
    await failAt(ids[0]!, 'PERFORM pg_terminate_backend(pg_backend_pid())');
    expect(await on.server.code(UPDATE, { ids, input: { addTags: ['none'] } })).toBe('DATABASE_FAILED');
    await on.pool.query('DROP TRIGGER fail ON asset');
    expect(await count(on.server, 'none')).toBe(0);
  });
});
