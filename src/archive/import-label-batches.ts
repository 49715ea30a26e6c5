import { LABEL_BATCHES } from './archive-format.js';
import type { ArchiveReader } from './archive-reader.js';
import type { ImportTarget } from './import-target.js';
import type { ImportedLabels } from './imported-labels.js';
import { labelBatchLineSchema } from './labelling-lines.js';
import type { PrismaClient } from '../database/database.js';
import { inPages } from '../pages.js';

/** Before the assets, whose history refers to them. One that is there stays as it is. */
export async function importLabelBatches(
  prisma: PrismaClient,
  archive: ArchiveReader,
  target: ImportTarget,
  labels: ImportedLabels,
): Promise<void> {
  for await (const lines of inPages(archive.lines(LABEL_BATCHES, labelBatchLineSchema)))
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
