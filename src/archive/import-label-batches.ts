import { LABEL_BATCHES } from './archive-format.js';
import type { ArchiveReader } from './archive-reader.js';
import type { ImportTarget } from './import-target.js';
import type { ImportedLabels } from './imported-labels.js';
import { labelBatchLineSchema } from './labelling-lines.js';
import type { PrismaClient } from '../database/database.js';
import { inPages } from '../pages.js';

/**
 * Before the assets, whose history refers to them. One that is there stays as it is.
 * @returns the ids of merges of which the archive does not say which label stayed
 */
export async function importLabelBatches(
  prisma: PrismaClient,
  archive: ArchiveReader,
  target: ImportTarget,
  labels: ImportedLabels,
): Promise<string[]> {
  const untold: string[] = [];
  for await (const lines of inPages(archive.lines(LABEL_BATCHES, labelBatchLineSchema))) {
    untold.push(...lines.flatMap(({ id, kind, intoId }) => (kind === 'MERGE' && intoId === null ? id : [])));
    await prisma.labelBatch.createMany({
      data: lines.map(({ library, labelSetId, intoId, ...batch }) => ({
        ...batch,
        libraryId: target.idOf(library),
        // History outlives its set and its labels.
        labelSetId: labelSetId === null ? null : (labels.setId(labelSetId) ?? labelSetId),
        intoId: intoId === null ? null : (labels.label(intoId)?.id ?? intoId),
      })),
      skipDuplicates: true,
    });
  }
  return untold;
}

/** As for merges that an earlier release left in the database. After the assets, whose history shows which label stayed. */
export async function nameMergedInto(prisma: PrismaClient, ids: readonly string[]): Promise<void> {
  await prisma.$executeRaw`
    UPDATE "label_batch" SET "into_id" = "merged_into" ("id") WHERE "id" = ANY(${ids}::uuid[]) AND "kind" = 'MERGE' AND "into_id" IS NULL`;
}
