import { afterAll, beforeAll, expect, test } from 'vitest';
import type { PrismaClient } from '#dist/database/database.js';
import { waitUntilBlocked } from '../support/blocked.js';
import { describeOnAServer, describeOnEveryDatabase } from '../support/databases.js';
import { numberedPng } from '../support/pictures.js';
import { useServerWithPool } from '../support/server-with-pool.js';
import { startServer, type TestServer } from '../support/server.js';

const COUNTS = 'changedCount remainingCount';
const RENAME = `mutation ($from: String!, $to: String!) { renameTag(from: $from, to: $to) { ${COUNTS} } }`;
const REMOVE = `mutation ($tag: String!) { deleteTag(tag: $tag) { ${COUNTS} } }`;
const TAG =
  'mutation ($ids: [ID!]!, $tags: [String!]!) { updateAssets(ids: $ids, input: { addTags: $tags }) { userErrors { code } } }';
const ASSET = 'query ($id: ID!) { asset(id: $id) { tags updatedAt } }';
const TRASH = 'mutation ($ids: [ID!]!) { trashAssets(ids: $ids) { assets { id } } }';
const COUNT = 'query ($tag: String!) { assets(filter: { tagsAny: [$tag] }) { totalCount } }';
const WORDS =
  'query ($word: String!) { searchByText(query: $word, mode: KEYWORD, first: 50) { edges { node { id } } } }';
const MEANING = `query ($tag: String!) {
  searchByText(query: "a picture", mode: SEMANTIC, filter: { tagsAny: [$tag] }, first: 50) { edges { node { id } } } }`;
const JOBS = '{ jobs(kind: RENAME_TAG) { counts { succeeded } edges { node { asset { id } } } } }';

/** Two portions, the last one not full. */
const MANY = 600;
/** The vector store is told of each asset by a job of its own. */
const TIMEOUT_MS = 120_000;

/** Assets without files or embeddings; one in 300 is READY, for searches by words to find. */
async function insertTagged(prisma: PrismaClient, libraryId: string): Promise<void> {
  await prisma.$executeRaw`
    INSERT INTO asset (id, library_id, state, sha256, original_name, mime_type, byte_size, width, height, orientation, tags)
    SELECT gen_random_uuid(), ${libraryId}::uuid, (CASE n % 300 WHEN 0 THEN 'READY' ELSE 'FAILED' END)::asset_state,
      md5('tagged' || n) || md5('tagged' || n), n || '.jpg', 'image/jpeg', 1, 3, 2, 'LANDSCAPE',
      ARRAY['first', 'zyzzyva'] || CASE WHEN n % 2 = 0 THEN ARRAY['wombat'] ELSE '{}' END
    FROM generate_series(1, ${MANY}) AS n`;
}

const idsOf = (edges: { node: { id: string } }[]) => new Set(edges.map(({ node }) => node.id));

describeOnEveryDatabase('a tag of the whole library', (database) => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer({
      database,
      keys: { anna: { role: 'EDITOR' }, other: { role: 'EDITOR', library: 'other' } },
      settings: { WORKERS: '3' },
      prepare: insertTagged,
    });
  });
  afterAll(() => server.close());

  let pictures = 0;
  const add = async (tags: readonly string[], key = 'anna') =>
    (await server.add([await numberedPng(++pictures)], { tags }, key))[0]!;
  const find = async (id: string, key = 'anna') => (await server.data(ASSET, { id }, key)).asset;
  const rename = async (from: string, to: string) => (await server.data(RENAME, { from, to }, 'anna')).renameTag;
  const remove = async (tag: string) => (await server.data(REMOVE, { tag }, 'anna')).deleteTag;
  const wordsFind = async (word: string) => idsOf((await server.data(WORDS, { word }, 'anna')).searchByText.edges);
  const meaningFinds = async (tag: string) => idsOf((await server.data(MEANING, { tag }, 'anna')).searchByText.edges);

  test('is renamed where it stands, in the trash too, and becomes one with a tag that is there', async () => {
    const ids = [
      await add(['sea', 'brige', 'sky']),
      await add(['brige', 'sea', 'bridge']),
      await add(['bridge', 'brige', 'sea']),
      await add(['a brige', 'Brige']),
    ];
    const trashed = await add(['brige']);
    const others = await add(['brige'], 'other');
    await server.data(TRASH, { ids: [trashed] }, 'anna');
    const untouched = await find(ids[3]!);
    expect(await rename(' brige', 'bridge')).toEqual({ changedCount: 4, remainingCount: 0 });
    const tags = await Promise.all([...ids, trashed].map(async (id) => (await find(id)).tags));
    expect(tags).toEqual([
      ['sea', 'bridge', 'sky'],
      ['sea', 'bridge'],
      ['bridge', 'sea'],
      ['a brige', 'Brige'],
      ['bridge'],
    ]);
    expect(await find(ids[3]!)).toEqual(untouched);
    expect((await find(others, 'other')).tags).toEqual(['brige']);
    await server.waitUntilProcessed('anna');
    const found = new Set(ids.slice(0, 3));
    expect([await wordsFind('bridge'), await meaningFinds('bridge')]).toEqual([found, found]);
    expect(await meaningFinds('brige')).toEqual(new Set());
    expect(await rename('brige', 'bridge')).toEqual({ changedCount: 0, remainingCount: 0 });
  });

  test('is taken away', async () => {
    const id = await add(['sea', 'quokka', 'sky']);
    expect(await remove('quokka')).toEqual({ changedCount: 1, remainingCount: 0 });
    expect((await find(id)).tags).toEqual(['sea', 'sky']);
    await server.waitUntilProcessed('anna');
    expect([await wordsFind('quokka'), await meaningFinds('quokka')]).toEqual([new Set(), new Set()]);
    expect(await remove('quokka')).toEqual({ changedCount: 0, remainingCount: 0 });
  });

  test('in another composition of its letters is the same, in another case another one', async () => {
    const id = await add(['cafe\u0301']);
    expect(await server.code(RENAME, { from: 'caf\u00e9', to: ' cafe\u0301 ' }, 'anna')).toBe('INVALID_ARGUMENT');
    expect(await rename('cafe\u0301', 'Cafe\u0301')).toEqual({ changedCount: 1, remainingCount: 0 });
    expect((await find(id)).tags).toEqual(['Caf\u00e9']);
  });

  test.each([
    [{ from: '', to: 'sea' }, 'expected a tag for from, received ""'],
    [{ from: 'a\0', to: 'sea' }, 'expected no NUL and whole characters for from, received "a\\u0000"'],
    [{ from: 'harbour', to: ' ' }, 'expected a tag for to, received " "'],
    [{ from: 'harbour', to: 'half \udf08' }, 'expected no NUL and whole characters for to, received "half \\udf08"'],
    [
      { from: 'harbour', to: 'x'.repeat(101) },
      'expected at most 100 characters for a tag, received a string of 101 characters',
    ],
    [{ from: 'harbour', to: '\u200b' }, 'expected a character that can be seen for a tag, received "\u200b"'],
    [{ from: 'harbour', to: 'harbour ' }, 'expected another tag for to, received "harbour "'],
  ])('%j is refused, and changes nothing', async (tags, message) => {
    const id = await add(['harbour', 'sea']);
    const before = await find(id);
    expect((await server.gql(RENAME, tags, 'anna')).errors).toMatchObject([
      { message, extensions: { code: 'INVALID_ARGUMENT' } },
    ]);
    expect(await find(id)).toEqual(before);
  });

  test('that hundreds of assets have is renamed in portions', { timeout: TIMEOUT_MS }, async () => {
    const count = async (tag: string) => (await server.data(COUNT, { tag }, 'anna')).assets.totalCount as number;
    const before = await server.data(JOBS, {}, 'anna');
    expect(before.jobs.counts.succeeded).toBe(0);
    expect(await rename('zyzzyva', 'wombat')).toEqual({ changedCount: 500, remainingCount: MANY - 500 });
    await server.waitUntilProcessed('anna');
    expect([await count('zyzzyva'), await count('wombat'), await count('first')]).toEqual([0, MANY, MANY]);
    expect([(await wordsFind('zyzzyva')).size, (await wordsFind('wombat')).size]).toEqual([0, 2]);
    const { jobs } = await server.data(JOBS, {}, 'anna');
    expect(jobs).toEqual({ counts: { succeeded: 1 }, edges: [{ node: { asset: null } }] });

    expect(await remove('wombat')).toEqual({ changedCount: 500, remainingCount: MANY - 500 });
    await server.waitUntilProcessed('anna');
    expect([await count('wombat'), await count('first')]).toEqual([0, MANY]);
    expect(await server.closeAndRead((prisma) => prisma.tagRenaming.count())).toBe(0);
  });
});

describeOnAServer('renaming a tag at the same time as others', (database) => {
  const on = useServerWithPool(database);

  test('keeps what they say', async () => {
    const files = await Promise.all([1, 2, 3].map((number) => numberedPng(number)));
    const ids = await on.server.add(files, { tags: ['own', 'brige'] });
    const client = await on.pool.connect();
    await client.query('BEGIN');
    await client.query('SELECT FROM asset FOR NO KEY UPDATE');
    const changes = [
      on.server.data(TAG, { ids: ids.toReversed(), tags: ['sea'] }),
      on.server.data(RENAME, { from: 'brige', to: 'bridge' }),
      on.server.data(REMOVE, { tag: 'own' }),
    ];
    try {
      await waitUntilBlocked(on.pool, changes.length);
    } finally {
      await client.query('COMMIT');
      client.release();
    }
    await Promise.all(changes);
    for (const id of ids) expect((await on.server.data(ASSET, { id })).asset.tags).toEqual(['bridge', 'sea']);
  });
});
