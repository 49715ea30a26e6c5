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
 * they were read. Of several accepted labels of an exclusive set the one that was decided last stays so, and the others
 * are rejected.
 */
export async function settle(
  transaction: Prisma.TransactionClient,
  assignments: readonly ImportedAssignment[],
): Promise<ImportedAssignment[]> {
  // Sets before labels, see src/labelling/label-locks.ts.
  const exclusive = await keepExclusive(transaction, setsAcceptedTwice(assignments));
  const labels = await keepLabels(
    transaction,
    assignments.map(({ label }) => label.id),
  );
  const there = assignments.flatMap((assignment) => {
    const label = labels.get(assignment.label.id);
    return label ? [{ ...assignment, label }] : [];
  });
  const last = new Map<string, ImportedAssignment>();
  for (const assignment of there) {
    const setId = acceptedOf(assignment);
    if (setId === undefined || !exclusive.has(setId)) continue;
    const former = last.get(setId);
    if (!former || decidedAt(former) < decidedAt(assignment)) last.set(setId, assignment);
  }
  return there.map((assignment) => {
    const kept = last.get(acceptedOf(assignment) ?? '');
    if (!kept || kept === assignment) return assignment;
    return { ...assignment, state: 'REJECTED', revision: assignment.revision + 1 };
  });
}

/** Whether one is to be exclusive nobody changes any more. @returns ids of those that are */
async function keepExclusive(transaction: Prisma.TransactionClient, setIds: readonly string[]): Promise<Set<string>> {
  if (setIds.length === 0) return new Set();
  const sets = await transaction.$queryRaw<{ id: string; isExclusive: boolean }[]>`
    SELECT "id", "is_exclusive" AS "isExclusive" FROM "label_set" WHERE "id" = ANY(${[...setIds]}::uuid[])
    ORDER BY "id" FOR SHARE`;
  return new Set(sets.flatMap(({ id, isExclusive }) => (isExclusive ? id : [])));
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

function setsAcceptedTwice(assignments: readonly ImportedAssignment[]): string[] {
  const setIds = assignments.flatMap((assignment) => acceptedOf(assignment) ?? []);
  return [...new Set(setIds.filter((id, index) => setIds.indexOf(id) < index))];
}

/** The set of an accepted label. */
function acceptedOf({ state, label }: ImportedAssignment): string | undefined {
  return state === 'ACCEPTED' ? (label.labelSetId ?? undefined) : undefined;
}

/** Of decisions from before this was kept, when they were written last. */
function decidedAt(assignment: ImportedAssignment): Date {
  return assignment.decidedAt ?? assignment.updatedAt;
}
