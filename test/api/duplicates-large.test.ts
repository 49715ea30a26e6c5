import { randomUUID } from 'node:crypto';
import { beforeAll, expect, test } from 'vitest';
import { describeOnAServer } from '../support/databases.js';
import { explain, type Plan } from '../support/explain.js';
import { useServerWithPool } from '../support/server-with-pool.js';
import { statementsOf } from '../support/statements.js';

const GROUPS = `query ($kind: DuplicateKind!) { duplicateGroups(kind: $kind) {
  totalCount edges { node { keeper { id } duplicates { asset { id } } } } } }`;

describeOnAServer('duplicates beside many that are none of this library', (database) => {
  const on = useServerWithPool(database, {
    prepare: async (prisma, libraryId) => {
      const theirs = randomUUID();
      await prisma.library.create({ data: { id: theirs, name: 'theirs', fileSecret: new Uint8Array() } });
      for (const [library, count] of [
        [libraryId, 60],
        [theirs, 5_000],
      ] as const) {
        await prisma.$executeRaw`
          INSERT INTO asset (id, library_id, state, sha256, original_name, mime_type, byte_size, width, height, orientation)
          SELECT gen_random_uuid(), ${library}::uuid, 'READY', n::text, n::text, 'image/png', 1, 1, 1, 'SQUARE'
          FROM generate_series(1, ${count}::int) AS n`;
        // The first two have the same pixels.
        await prisma.$executeRaw`
          INSERT INTO fingerprint (asset_id, perceptual_hash, luma, pixel_digest, sharpness, is_compared)
          SELECT id, 0, '', CASE WHEN original_name::int <= 2 THEN '' ELSE uuid_send(id) END, 0, true
          FROM asset WHERE library_id = ${library}::uuid`;
        // Each is told apart from some, and theirs are like these as well.
        await prisma.$executeRaw`
          INSERT INTO distinct_pair (asset_id, other_id) SELECT least(one.id, other.id), greatest(one.id, other.id)
          FROM asset AS one CROSS JOIN generate_series(2, 11) AS step JOIN asset AS other
            ON (other.library_id, other.original_name) = (one.library_id, (one.original_name::int + step)::text)
          WHERE one.library_id = ${library}::uuid`;
        await prisma.$executeRaw`
          INSERT INTO near_duplicate (asset_id, other_id, similarity, hash_distance, cosine, model_id)
          SELECT least(one.id, other.id), greatest(one.id, other.id), 0.97, 0, 1, 'm'
          FROM asset AS one CROSS JOIN generate_series(1, 10) AS step JOIN asset AS other
            ON (other.library_id, other.original_name) = (one.library_id, (one.original_name::int + step)::text)
          WHERE one.library_id = ${library}::uuid
            AND (${library}::uuid = ${theirs}::uuid OR (one.original_name, other.original_name) = ('3', '4'))`;
      }
    },
  });
  beforeAll(async () => {
    await on.pool.query('ANALYZE');
  });

  const plansOf = async (kind: string): Promise<Plan[]> => {
    const statements = await statementsOf(() => on.server.data(GROUPS, { kind }));
    return Promise.all(statements.map((statement) => explain(on.pool, statement)));
  };

  test('only pairs of the library are read for NEAR ones', async () => {
    expect((await on.server.data(GROUPS, { kind: 'NEAR' })).duplicateGroups.totalCount).toBe(1);
    const plans = await plansOf('NEAR');
    // Theirs are 50,000 pairs, each told apart or not: 32,000 pages where they are looked at too.
    expect(plans.reduce((sum, { pages }) => sum + pages, 0)).toBeLessThan(5_000);
  });

  test('what was told apart is read of EXACT ones only', async () => {
    const { totalCount, edges } = (await on.server.data(GROUPS, { kind: 'EXACT' })).duplicateGroups;
    expect(totalCount).toBe(1);
    expect(edges[0].node.duplicates).toHaveLength(1);
    // Those of the group, and their assets.
    for (const { rows } of await plansOf('EXACT')) expect(rows).toBeLessThanOrEqual(2);
    const ids = [edges[0].node.keeper.id, edges[0].node.duplicates[0].asset.id];
    await on.server.data('mutation ($ids: [ID!]!) { dismissDuplicates(ids: $ids) { userErrors { code } } }', { ids });
    expect((await on.server.data(GROUPS, { kind: 'EXACT' })).duplicateGroups.totalCount).toBe(0);
  });
});
