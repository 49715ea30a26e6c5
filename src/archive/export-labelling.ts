import { LABEL_BATCHES, LABEL_HEADS, LABEL_SETS, LABELS } from './archive-format.js';
import type { ArchiveParts } from './archive-parts.js';
import type { ArchiveWriter } from './archive-writer.js';
import type { Label } from '../database/generated/client.js';
import { groupBy } from '../group-by.js';
import { PAGE } from '../pages.js';
import { pagesById } from '../assets/asset-pages.js';

/** The label sets of a library, its labels, what they learned, and the batches of what was changed of them. */
export async function exportLabelling(
  { prisma }: ArchiveParts,
  writer: ArchiveWriter,
  libraryId: string,
  library: string,
): Promise<void> {
  // What is being deleted is there for nobody.
  const where = { libraryId, deletedAt: null };
  const omit = { libraryId: true, nameKey: true, deletedAt: true } as const;
  // Of one moment: no label is of a set, or below a label, that is not in the archive.
  const [sets, labels] = await prisma.$transaction(
    [
      prisma.labelSet.findMany({ where, omit, orderBy: { nameKey: 'asc' } }),
      prisma.label.findMany({
        where,
        omit: { ...omit, deletionId: true, refreshedUpTo: true, isRenamed: true },
        orderBy: [{ nameKey: 'asc' }, { id: 'asc' }],
      }),
    ],
    { isolationLevel: 'RepeatableRead' },
  );
  await writer.addLines(
    LABEL_SETS,
    sets.map((set) => ({ library, ...set })),
  );
  await writer.addLines(
    LABELS,
    parentsFirst(labels).map((label) => ({ library, ...label })),
  );
  const heads = await prisma.labelHead.findMany({
    where: { libraryId },
    select: { id: true },
    orderBy: [{ labelSetId: 'asc' }, { modelId: 'asc' }, { version: 'asc' }],
  });
  // One by one, because of the weights.
  for (const { id } of heads) {
    const head = await prisma.labelHead.findUnique({ where: { id }, omit: { libraryId: true } });
    if (!head) continue;
    const [weights, digest] = [Buffer.from(head.weights), head.digest && Buffer.from(head.digest)];
    const line = { library, ...head, weights: weights.toString('base64'), digest: digest?.toString('hex') ?? null };
    await writer.addLines(LABEL_HEADS, [line]);
  }
  for await (const batches of pagesById((after) =>
    prisma.labelBatch.findMany({
      where: { libraryId, id: { gt: after } },
      omit: { libraryId: true },
      orderBy: { id: 'asc' },
      take: PAGE,
    }),
  ))
    await writer.addLines(
      LABEL_BATCHES,
      batches.map((batch) => ({ library, ...batch })),
    );
}

/** So that a label can be written when its line is read. What is below itself is so in no archive. */
function parentsFirst<L extends Pick<Label, 'id' | 'parentId'>>(labels: readonly L[]): L[] {
  const children = groupBy(labels, ({ parentId }) => parentId);
  const sorted = [...(children.get(null) ?? [])];
  // It grows while it is read.
  for (const { id } of sorted) sorted.push(...(children.get(id) ?? []));
  const isSorted = new Set(sorted.map(({ id }) => id));
  const others = labels.filter(({ id }) => !isSorted.has(id));
  return [...sorted, ...others.map((label) => ({ ...label, parentId: null }))];
}
