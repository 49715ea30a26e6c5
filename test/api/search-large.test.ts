import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { describeOnAServer } from '../support/databases.js';
import { withoutIndexes } from '../support/large-library.js';
import { sample } from '../support/pictures.js';
import { startServer, type TestServer } from '../support/server.js';
import { variantOf } from '../support/variants.js';
import type { VectorCollection } from '#dist/vectorstore/vectorstore.js';

const SEARCH = `query ($query: String! = "a cat", $filter: AssetFilter, $collapse: Boolean, $mode: SearchMode) {
  searchByText(query: $query, filter: $filter, collapseNearDuplicates: $collapse, mode: $mode, minRelevance: 0, first: 5) {
    estimatedTotal edges { node { originalName } } } }`;
const [CAT, COPY, BOATS] = ['even cat.jpg', 'odd cat.jpg', 'odd boats.jpg'];
/** Half of which is more than what is looked up without counting first. */
const COUNT = 60_000;
const ID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;

describeOnAServer(`a library of ${COUNT} assets, half of them "odd" and half "even"`, (database) => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer({
      database,
      prepare: (prisma, libraryId) =>
        withoutIndexes(prisma, async () => {
          await prisma.$executeRaw`
            INSERT INTO asset (id, library_id, state, sha256, original_name, mime_type, byte_size, width, height, orientation)
            SELECT gen_random_uuid(), ${libraryId}::uuid, 'READY', lpad(to_hex(n), 64, '0'),
              CASE n % 2 WHEN 0 THEN 'even ' ELSE 'odd ' END || n || '.jpg', 'image/jpeg', 1, 3, 2, 'LANDSCAPE'
            FROM generate_series(1, ${COUNT}::int) AS n`;
          await prisma.$executeRaw`
            INSERT INTO fingerprint (asset_id, perceptual_hash, luma, pixel_digest, sharpness, is_compared)
            SELECT id, 0, '', uuid_send(id), 0, true FROM asset`;
        }),
    });
    const cat = sample('cat-face');
    await server.add([
      { ...cat, name: CAT },
      { ...(await variantOf(cat, 'resized')), name: COPY },
      { ...sample('boats-at-sunset'), name: BOATS },
    ]);
  }, 240_000);
  afterAll(() => server.close());

  test.each<[object, string[]]>([
    [{ filter: { text: 'even' } }, [CAT]],
    [{ filter: { not: { text: 'even' } } }, [BOATS, COPY]],
    [{ filter: { or: [{ text: 'odd' }, { not: { text: 'jpg' } }] } }, [BOATS, COPY]],
    [{ filter: { text: 'jpg' } }, [CAT, BOATS, COPY]],
    [{ filter: { not: { text: 'nowhere' } } }, [CAT, BOATS, COPY]],
    [{ filter: { text: 'jpg', not: { text: 'cat' } } }, [BOATS]],
    [{ filter: { text: 'even' }, collapse: true, mode: 'SEMANTIC' }, [CAT]],
    [{ filter: { text: 'odd' }, collapse: true, mode: 'SEMANTIC' }, [BOATS, COPY]],
    [{ query: 'a cat -even' }, [BOATS, COPY]],
    [{ query: 'a cat -odd' }, [CAT]],
    [{ query: 'a cat -jpg' }, []],
  ])('%j is exact, and the vector store is told of the fewer', async (variables, names) => {
    const { index } = await server.app.services.search['models'].active();
    const query = vi.spyOn(index['collection'] as VectorCollection, 'query');
    try {
      const { edges, estimatedTotal } = (await server.data(SEARCH, variables)).searchByText;
      const found = edges.map(({ node }: { node: { originalName: string } }) => node.originalName);
      expect(found.sort()).toEqual(names);
      expect(estimatedTotal).toBe(names.length);
      for (const [{ filter }] of query.mock.calls)
        expect(JSON.stringify(filter).match(ID)!.length).toBeLessThan(COUNT / 2 + 10);
    } finally {
      query.mockRestore();
    }
  });
});
