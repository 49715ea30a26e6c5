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

/** Those of these assets that are still there and with which no job has anything to do. */
export async function settledAssets(prisma: PrismaClient, ids: readonly string[]): Promise<Asset[]> {
  const busy = await prisma.job.findMany({
    where: { assetId: { in: unique(ids) }, state: { in: ['QUEUED', 'RUNNING'] } },
    select: { assetId: true },
  });
  const isBusy = new Set(busy.map(({ assetId }) => assetId));
  return prisma.asset.findMany({ where: { id: { in: unique(ids).filter((id) => !isBusy.has(id)) } } });
}

/** Those of these ids that are of a library. */
export async function knownLibraries(prisma: PrismaClient, ids: readonly string[]): Promise<Set<string>> {
  const libraries = await prisma.library.findMany({ where: { id: { in: unique(ids) } }, select: { id: true } });
  return new Set(libraries.map(({ id }) => id));
}

function unique(ids: readonly string[]): string[] {
  return [...new Set(ids)];
}
