import { Prisma, type PrismaClient } from '../database/database.js';
import type { Asset } from '../database/generated/client.js';

// A server may be at work meanwhile. Each of these asks one statement, which sees one moment: an upload that becomes an
// asset, or an asset that becomes a job to remove it, is never between the two.

/**
 * Who answers for what is stored under these ids: an asset, an upload under way, or a job that has not ended.
 * @returns the library of each id that has an owner
 */
export function ownersOf(prisma: PrismaClient, ids: readonly string[]): Promise<Map<string, string>> {
  return findOwners(prisma, ids, Prisma.sql`TRUE`);
}

/** As above, of embeddings: but for FAILED assets, which ought to have none. */
export function vectorOwners(prisma: PrismaClient, ids: readonly string[]): Promise<Map<string, string>> {
  return findOwners(prisma, ids, Prisma.sql`"state" <> 'FAILED'`);
}

async function findOwners(
  prisma: PrismaClient,
  ids: readonly string[],
  assetCondition: Prisma.Sql,
): Promise<Map<string, string>> {
  const owners = await prisma.$queryRaw<{ id: string; libraryId: string }[]>`
    WITH "asked" AS (SELECT unnest(${unique(ids)}::uuid[]) AS "id")
    SELECT "id", "library_id" AS "libraryId" FROM "asset" WHERE "id" IN (SELECT "id" FROM "asked") AND ${assetCondition}
    UNION SELECT "id", "library_id" FROM "upload" WHERE "id" IN (SELECT "id" FROM "asked")
    UNION SELECT "asset_id", "library_id" FROM "job"
      WHERE "asset_id" IN (SELECT "id" FROM "asked") AND "state" IN ('QUEUED', 'RUNNING')`;
  return new Map(owners.map(({ id, libraryId }) => [id, libraryId]));
}

/** Those of these assets that are still there, and meet a condition. */
export function stillThere(
  prisma: PrismaClient,
  ids: readonly string[],
  where: Prisma.AssetWhereInput = {},
): Promise<Asset[]> {
  return prisma.asset.findMany({ where: { AND: [where, { id: { in: unique(ids) } }] } });
}

/** Those of these assets of which a job that has not ended will tell the vector store what they are like now. */
export async function assetsToBeTold(prisma: PrismaClient, ids: readonly string[]): Promise<Set<string>> {
  const asked = unique(ids);
  const rows = await prisma.$queryRaw<{ id: string }[]>`
    SELECT "asset_id" AS "id" FROM "job"
      WHERE "asset_id" = ANY(${asked}::uuid[]) AND "kind" = 'SYNC_VECTOR' AND "state" IN ('QUEUED', 'RUNNING')
    UNION SELECT "asset_label"."asset_id" FROM "asset_label"
      JOIN "job" ON "job"."asset_id" = "label_id" AND "kind" = 'REFRESH_LABEL' AND "job"."state" IN ('QUEUED', 'RUNNING')
      WHERE "asset_label"."asset_id" = ANY(${asked}::uuid[])
    UNION SELECT "asset_label"."asset_id" FROM "asset_label"
      JOIN "label" ON "label"."id" = "label_id" AND "deleted_at" IS NOT NULL
      JOIN "job" ON "job"."asset_id" = "label"."library_id" AND "kind" = 'DELETE_LABELS'
        AND "job"."state" IN ('QUEUED', 'RUNNING')
      WHERE "asset_label"."asset_id" = ANY(${asked}::uuid[])`;
  return new Set(rows.map(({ id }) => id));
}

/** Those of these ids that are of a library. */
export async function knownLibraries(prisma: PrismaClient, ids: readonly string[]): Promise<Set<string>> {
  const libraries = await prisma.library.findMany({ where: { id: { in: unique(ids) } }, select: { id: true } });
  return new Set(libraries.map(({ id }) => id));
}

function unique(ids: readonly string[]): string[] {
  return [...new Set(ids)];
}
