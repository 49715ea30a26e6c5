import type { AssetLine } from './archive-format.js';
import type { KnownLabel } from './imported-labels.js';
import type { Prisma } from '../database/database.js';

export type Assignment = AssetLine['labels'][number];

/** What an archive says of a label of an asset, of the label as it is known here. */
export type ImportedAssignment = Omit<Assignment, 'label' | 'labelId'> & { readonly label: KnownLabel };

/** Each label once, and none that is not there. */
export function toAssignments(
  assignments: readonly Assignment[],
  labelOf: (assignment: Assignment) => KnownLabel | null,
): ImportedAssignment[] {
  const byLabel = new Map<string, ImportedAssignment>();
  for (const assignment of assignments) {
    const { label: _name, labelId: _archivedId, ...rest } = assignment;
    const label = labelOf(assignment);
    if (label && !byLabel.has(label.id)) byLabel.set(label.id, { ...rest, label });
  }
  return [...byLabel.values()];
}

/**
 * What can be written of the labels of one asset, until the end of the transaction: without those that were deleted since
 * they were read.
 */
export async function settle(
  transaction: Prisma.TransactionClient,
  assignments: readonly ImportedAssignment[],
): Promise<ImportedAssignment[]> {
  const labels = await keepLabels(
    transaction,
    assignments.map(({ label }) => label.id),
  );
  return assignments.flatMap((assignment) => {
    const label = labels.get(assignment.label.id);
    return label ? [{ ...assignment, label }] : [];
  });
}

/** Nobody deletes or renames them any more. @returns those that are there, by their ids */
async function keepLabels(
  transaction: Prisma.TransactionClient,
  ids: readonly string[],
): Promise<Map<string, KnownLabel>> {
  if (ids.length === 0) return new Map();
  const labels = await transaction.$queryRaw<KnownLabel[]>`
    SELECT "id", "name_key" AS "nameKey", "label_set_id" AS "labelSetId" FROM "label"
    WHERE "id" = ANY(${[...ids]}::uuid[]) AND "deleted_at" IS NULL
    ORDER BY "id" FOR KEY SHARE`;
  return new Map(labels.map((label) => [label.id, label]));
}
