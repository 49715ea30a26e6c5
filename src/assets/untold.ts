import { Prisma, type PrismaClient } from '../database/database.js';

/** Of those that have changed: so many ids take a vector store less than 0.1 s, docs/decisions/012-filters-and-facets.md. */
const MOST = 10_000;

/** Ids of assets that the vector store may be wrong about. */
export interface Untold {
  /** Those that are READY and meet the condition. */
  readonly met: readonly string[];
  /** Those that do not, or are gone. */
  readonly unmet: readonly string[];
}

/**
 * The assets that have changed, or were deleted, since the vector store was last told of them, at one moment: with both lists
 * it finds the same from then on, whether it is told in between or not. Of more than 10,000, those that wait longest are left
 * for the jobs to tell: the store finds them as they were until then.
 *
 * @param condition on the columns of the table "asset"
 */
export async function findUntold(
  prisma: Pick<PrismaClient, '$queryRaw'>,
  libraryId: string,
  condition: Prisma.Sql,
): Promise<Untold> {
  // The few that wait are read first, whatever the statistics say of either table.
  const rows = await prisma.$queryRaw<{ id: string; isMet: boolean }[]>`
    WITH "untold" AS MATERIALIZED (
      SELECT "asset_id" FROM "job"
      WHERE "kind" IN ('SYNC_VECTOR', 'PURGE_ASSET') AND "state" IN ('QUEUED', 'RUNNING')
        AND "library_id" = ${libraryId}::uuid
      ORDER BY "run_at" DESC, "created_at" DESC, "id" DESC LIMIT ${MOST}),
    "met" AS MATERIALIZED (
      SELECT asset.id FROM asset
      WHERE asset.id IN (SELECT "asset_id" FROM "untold") AND asset.state = 'READY' AND ${condition})
    SELECT DISTINCT "asset_id" AS "id", "asset_id" IN (SELECT "id" FROM "met") AS "isMet" FROM "untold"`;
  const idsWhere = (isMet: boolean) => rows.filter((row) => row.isMet === isMet).map(({ id }) => id);
  return { met: idsWhere(true), unmet: idsWhere(false) };
}
