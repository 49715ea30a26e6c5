import type { Finding, FindingKind } from './finding.js';
import type { LibraryParts } from './library-parts.js';
import { pagesById } from '../assets/asset-pages.js';
import type { PrismaClient } from '../database/database.js';
import type { JobKind } from '../database/generated/enums.js';
import { hasUnfinishedJob } from '../jobs/unfinished-job.js';
import { PAGE } from '../pages.js';

// Within this time after its lease a server that runs removes an upload itself, so nothing is wrong yet.
const SWEPT_WITHIN = '1 minute';

/** Uploads whose lease has run out and that nobody has swept. */
export function checkUploads({ prisma }: LibraryParts): AsyncIterable<Finding[]> {
  return findings(
    'expired-upload',
    (after) => prisma.$queryRaw`
      SELECT "id" FROM "upload" WHERE "id" > ${after}::uuid AND "lease_until" < now() - ${SWEPT_WITHIN}::interval
      ORDER BY "id" LIMIT ${PAGE}`,
  );
}

/** PENDING assets that nothing will ever process. */
export function checkPending({ prisma }: LibraryParts): AsyncIterable<Finding[]> {
  return findings(
    'job-missing',
    (after) => prisma.$queryRaw`
      SELECT "id" FROM "asset" WHERE "id" > ${after}::uuid AND "state" = 'PENDING' AND NOT ${hasUnfinishedJob('PROCESS_ASSET')}
      ORDER BY "id" LIMIT ${PAGE}`,
  );
}

/** READY assets without an embedding by a model that is complete, for which nothing will make one. */
export function checkModels({ prisma, modelId }: LibraryParts): AsyncIterable<Finding[]> {
  return findings(
    'model-other',
    (after) => prisma.$queryRaw`
      SELECT "id" FROM "asset" WHERE "id" > ${after}::uuid AND "state" = 'READY'
        AND EXISTS (SELECT FROM "model" WHERE "id" = ${modelId} AND "completed_at" IS NOT NULL)
        AND NOT EXISTS (SELECT FROM "embedding" WHERE "asset_id" = "asset"."id" AND "model_id" = ${modelId})
        AND NOT ${hasUnfinishedJob('EMBED_ASSET')}
      ORDER BY "id" LIMIT ${PAGE}`,
  );
}

/** Jobs that wait for an asset, a classification, a label or a renaming that is gone, where none of them removes what is left of it. */
export function checkJobs({ prisma }: LibraryParts): AsyncIterable<Finding[]> {
  return findings(
    'job-stray',
    (after) => prisma.$queryRaw`
      SELECT "id" FROM "job" WHERE "id" > ${after}::uuid AND "state" = 'QUEUED'
        AND NOT EXISTS (SELECT FROM "asset" WHERE "id" = "job"."asset_id")
        AND "kind" <> 'DELETE_LABELS'
        AND NOT EXISTS (SELECT FROM "classification" WHERE "id" = "job"."asset_id")
        AND NOT EXISTS (SELECT FROM "label" WHERE "id" = "job"."asset_id")
        AND NOT EXISTS (SELECT FROM "tag_renaming" WHERE "id" = "job"."asset_id")
        AND NOT EXISTS (SELECT FROM "job" AS "other" WHERE "other"."asset_id" = "job"."asset_id"
          AND "other"."kind" = 'PURGE_ASSET' AND "other"."state" IN ('QUEUED', 'RUNNING'))
      ORDER BY "id" LIMIT ${PAGE}`,
  );
}

/** How many jobs of each kind have not ended: what these are to make is no finding. */
export async function unfinishedJobs(prisma: PrismaClient): Promise<Map<JobKind, number>> {
  const counts = await prisma.job.groupBy({
    by: ['kind'],
    where: { state: { in: ['QUEUED', 'RUNNING'] } },
    _count: true,
    orderBy: { kind: 'asc' },
  });
  return new Map(counts.map(({ kind, _count }) => [kind, _count]));
}

async function* findings(
  kind: FindingKind,
  read: (after: string) => Promise<{ readonly id: string }[]>,
): AsyncIterable<Finding[]> {
  for await (const rows of pagesById(read)) yield rows.map(({ id }) => ({ kind, subject: id }));
}
