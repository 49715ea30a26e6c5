import { groupBy } from '../group-by.js';
import type { LibraryParts } from './library-parts.js';
import type { LOST_ORIGINAL } from '../assets/asset-files.js';
import { holdsAny } from '../blobstore/holds-any.js';
import type { JobKind } from '../database/generated/enums.js';

const LOST = {
  ORIGINAL_MISSING: 'expected the original in the blob store, received none',
  ORIGINAL_DAMAGED: 'expected the original as it was stored, received other bytes',
} as const satisfies Record<(typeof LOST_ORIGINAL)[number], string>;

/**
 * Says of assets that their original is lost. The rows stay: a person puts the file back and tries again, or deletes
 * them. Assets of a library of which the blob store holds nothing at all are left alone: it is the wrong store.
 */
export async function markLost(
  { prisma, blobs, models }: LibraryParts,
  assetIds: readonly string[],
  code: keyof typeof LOST,
): Promise<number> {
  const assets = await prisma.asset.findMany({
    where: { id: { in: [...assetIds] } },
    select: { id: true, libraryId: true },
  });
  let mended = 0;
  for (const [libraryId, group] of groupBy(assets, (asset) => asset.libraryId)) {
    if (!(await holdsAny(blobs, `${libraryId}/`))) continue;
    const ids = group.map(({ id }) => id);
    // Of a job that waits the state would be what it makes of the damaged file.
    await prisma.job.deleteMany({ where: { assetId: { in: ids }, kind: 'PROCESS_ASSET', state: 'QUEUED' } });
    await prisma.asset.updateMany({
      where: { id: { in: ids } },
      data: { state: 'FAILED', failureCode: code, failureMessage: LOST[code] },
    });
    await prisma.embedding.deleteMany({ where: { assetId: { in: ids } } });
    for (const { collection } of models) await collection.delete(ids);
    mended += ids.length;
  }
  return mended;
}

/** Says of assets that they have no embedding by a model, and has one made. They stay READY, and found by everything else. */
export async function embedAgain(library: LibraryParts, assetIds: readonly string[]): Promise<void> {
  const { prisma, modelId } = library;
  await prisma.embedding.deleteMany({ where: { modelId, assetId: { in: [...assetIds] } } });
  await enqueue(library, assetIds, 'EMBED_ASSET');
}

/** Enqueues a job for each of these assets that has no such job waiting: one that runs may have looked already. */
export async function enqueue({ prisma }: LibraryParts, assetIds: readonly string[], kind: JobKind): Promise<void> {
  await prisma.$executeRaw`
    INSERT INTO "job" ("id", "library_id", "kind", "asset_id")
    SELECT gen_random_uuid(), "library_id", ${kind}::"job_kind", "id" FROM "asset"
    WHERE "id" = ANY(${[...assetIds]}::uuid[]) AND NOT EXISTS (
      SELECT FROM "job" WHERE "asset_id" = "asset"."id" AND "kind" = ${kind}::"job_kind" AND "state" = 'QUEUED')`;
}
