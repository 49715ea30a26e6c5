import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { emptyEmbeddedDatabase } from '../support/databases.js';
import { copyEmbedding } from '../support/embeddings.js';
import { sample } from '../support/pictures.js';
import { insertAsset } from '../support/rows.js';
import { startServer, type TestServer } from '../support/server.js';
import { statementsOf } from '../support/statements.js';
import type { PrismaClient } from '#dist/database/database.js';
import type { Asset } from '#dist/database/generated/client.js';

const SEARCH = `query ($query: String! = "a cat", $filter: AssetFilter, $minRelevance: Float, $first: Int! = 1) {
  searchByText(query: $query, filter: $filter, minRelevance: $minRelevance, first: $first) {
    estimatedTotal edges { relevance } } }`;

const ORIGINALS = ['cat-face', 'boats-at-sunset'];

/** How many more are like the two pictures that are uploaded, and what they are tagged with. */
const COPIES = [
  { of: 'cat-face', tags: ['kept'], count: 1_199 },
  { of: 'boats-at-sunset', tags: ['kept'], count: 400 },
  { of: 'boats-at-sunset', tags: ['left out'], count: 800 },
];

describe('the estimate of a total beyond what is counted', () => {
  const database = emptyEmbeddedDatabase();
  let server: TestServer;
  const rows: { of: string; asset: Asset }[] = [];
  beforeAll(async () => {
    server = await startServer({ database, prepare: insertCopies });
    const ids = await server.add(ORIGINALS.map(sample), { tags: ['kept'] });
    for (const [place, of] of ORIGINALS.entries())
      await copyEmbedding(server, ids[place]!, rows.flatMap((row) => (row.of === of ? row.asset : []))); // prettier-ignore
  }, 120_000);
  afterAll(() => server.close());

  async function insertCopies(prisma: PrismaClient, libraryId: string): Promise<void> {
    for (const { of, tags, count } of COPIES)
      for (let copy = 0; copy < count; copy++) {
        // As random as those of uploads are, and the same every time.
        const id = uuidOf(`${of} ${tags[0]} ${copy}`);
        // Searches by words find none of them.
        await insertAsset(prisma, libraryId, { id, tags, state: 'READY', originalName: `${rows.length}.jpg`, sha256: uuidOf(id).padEnd(64, '0') }); // prettier-ignore
        rows.push({ of, asset: await prisma.asset.findUniqueOrThrow({ where: { id } }) });
      }
    // Without a fingerprint workers would look for their files.
    await prisma.$executeRaw`
      INSERT INTO fingerprint (asset_id, perceptual_hash, luma, pixel_digest, sharpness, is_compared)
      SELECT id, 0, '', uuid_send(id), 0, true FROM asset`;
  }

  const search = async (variables: object) => (await server.data(SEARCH, variables)).searchByText;

  test.each([{ tagsAny: ['kept'] }, { text: '.jpg', not: { tagsAny: ['left out'] } }])(
    'is of what the filter %j keeps',
    async (filter) => {
      const [ofCats, ofBoats] = await Promise.all(
        [{}, { text: 'boats' }].map(async (each) => (await search({ filter: each })).edges[0].relevance as number),
      );
      const minRelevance = (ofCats! + ofBoats!) / 2;
      const { estimatedTotal } = await search({ filter, minRelevance });
      // 1,200; the share of a sample of 400 is off by 5 percent at most.
      expect(estimatedTotal).toBeGreaterThan(1_100);
      expect(estimatedTotal).toBeLessThan(1_300);
    },
  );

  test('is made once, under however many names it is asked for', async () => {
    const statements = async (names: string) =>
      (await statementsOf(() => server.data(`{ searchByText(query: "a cat", minRelevance: 0) { ${names} } }`))).length;
    const once = await statements('estimatedTotal');
    expect(await statements('a: estimatedTotal b: estimatedTotal c: estimatedTotal')).toBe(once);
  });
});

function uuidOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
