import { randomUUID } from 'node:crypto';
import { LABEL_HEADS } from './archive-format.js';
import type { ArchiveReader } from './archive-reader.js';
import type { ImportTarget } from './import-target.js';
import type { ImportedLabels } from './imported-labels.js';
import { lockSets } from './lock-sets.js';
import { labelHeadLineSchema, type LabelHeadLine } from './labelling-lines.js';
import type { PrismaClient } from '../database/database.js';
import { isOneSided } from '../labelling/learning/head-metrics.js';

/** Before the assets, so that no worker learns from their decisions what is known. A set that has learned stays as it is. */
export async function importLabelHeads(
  prisma: PrismaClient,
  archive: ArchiveReader,
  target: ImportTarget,
  labels: ImportedLabels,
): Promise<void> {
  for await (const heads of bySetAndModel(archive.lines(LABEL_HEADS, labelHeadLineSchema))) {
    const [{ labelSetId: archivedId, modelId }] = heads;
    const labelSetId = labels.setId(archivedId);
    // It was made while the archive was written, or deleted here since.
    if (labelSetId == null) continue;
    await prisma.$transaction(async (transaction) => {
      if (!(await lockSets(transaction, [labelSetId])).has(labelSetId)) return;
      if ((await transaction.labelHead.count({ where: { labelSetId, modelId } })) > 0) return;
      const ids = heads.map(({ id }) => id);
      const taken = await transaction.labelHead.findMany({ where: { id: { in: ids } }, select: { id: true } });
      const isTaken = new Set(taken.map(({ id }) => id));
      await transaction.labelHead.createMany({
        data: heads.map(({ library, id, labelIds, digest, ...head }) => ({
          ...head,
          // Archives of earlier releases have some that answer or may come back, and no longer do; the sets learn anew.
          ...(isOneSided(head.metrics, head.isExclusive, head.pictures) && { state: 'RETIRED', activatedAt: null }),
          // Those of exclusive sets counted rejections too.
          ...(head.isExclusive && { decisions: Math.min(head.decisions, head.pictures) }),
          id: isTaken.has(id) ? randomUUID() : id,
          libraryId: target.idOf(library),
          labelSetId,
          // A label that was deleted since keeps its place in the weights.
          labelIds: labelIds.map((labelId) => labels.label(labelId)?.id ?? labelId),
          readAt: head.readAt ?? head.createdAt,
          digest: digest === null ? null : Buffer.from(digest, 'hex'),
        })),
      });
    });
  }
}

type Heads = [LabelHeadLine, ...LabelHeadLine[]];

async function* bySetAndModel(lines: AsyncIterable<LabelHeadLine>): AsyncIterable<Heads> {
  let heads: Heads | undefined;
  for await (const line of lines) {
    if (heads?.[0].labelSetId === line.labelSetId && heads[0].modelId === line.modelId) {
      heads.push(line);
      continue;
    }
    if (heads) yield heads;
    heads = [line];
  }
  if (heads) yield heads;
}
