import { Prisma, type PrismaClient } from '../database/database.js';

/** Of those that have changed: so many ids take a vector store less than 0.1 s, docs/decisions/012-filters-and-facets.md. */
const MOST = 10_000;

/**
 * Ids of assets that meet a condition now and have changed since the vector store was last told of them: by its own filter it
 * may not find them. Of more than 10,000 that have changed, those that wait longest are left for the jobs to tell.
 *
 * @param condition on the columns of the table "asset"
 */
export async function untoldIds(
  prisma: Pick<PrismaClient, '$queryRaw'>,
  libraryId: string,
  condition: Prisma.Sql,
): Promise<string[]> {
  // The few that wait are read first, whatever the statistics say of either table.
  const rows = await prisma.$queryRaw<{ id: string }[]>`
    WITH "untold" AS MATERIALIZED (
      SELECT "asset_id" FROM "job"
      WHERE "kind" = 'SYNC_VECTOR' AND "state" IN ('QUEUED', 'RUNNING') AND "library_id" = ${libraryId}::uuid
      ORDER BY "run_at" DESC, "created_at" DESC, "id" DESC LIMIT ${MOST})
    SELECT asset.id FROM asset
    WHERE asset.id IN (SELECT "asset_id" FROM "untold") AND asset.state = 'READY' AND ${condition}`;
  return rows.map(({ id }) => id);
}
