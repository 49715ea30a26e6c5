import { argumentName, type IdArguments } from '../argument-name.js';
import type { LibraryTransaction } from '../access/library-scope.js';
import { Prisma } from '../database/database.js';
import type { Label, LabelBatch } from '../database/generated/client.js';
import { AfterimageError, expected } from '../errors.js';
import { isId } from '../id.js';

// Whoever locks several of these rows locks batches of changes first, then label sets, then classifications, then labels,
// then assets, each kind in the order of ids: then of two who want the same rows one waits for the other, and never each
// for the other. A batch that the transaction itself begins nobody else can lock.

type BatchKey = Pick<LabelBatch, 'id' | 'libraryId'>;

/** Nobody undoes the batch until the end of the transaction. @returns false where somebody has undone it */
export async function keepBatch(transaction: LibraryTransaction, { id, libraryId }: BatchKey): Promise<boolean> {
  const kept = await transaction.$queryRaw<object[]>`
    SELECT FROM "label_batch" WHERE "id" = ${id}::uuid AND "library_id" = ${libraryId}::uuid
      AND "undone_at" IS NULL FOR KEY SHARE`;
  return kept.length > 0;
}

/** Nobody else undoes the batch, or adds to it, until the end of the transaction. @returns whether it was undone before */
export async function lockBatch(transaction: LibraryTransaction, { id, libraryId }: BatchKey): Promise<boolean> {
  const locked = await transaction.$queryRaw<{ isUndone: boolean }[]>`
    SELECT "undone_at" IS NOT NULL AS "isUndone" FROM "label_batch"
    WHERE "id" = ${id}::uuid AND "library_id" = ${libraryId}::uuid FOR UPDATE`;
  return locked.some(({ isUndone }) => isUndone);
}

/** The set is there until the end of the transaction. @throws LABEL_SET_NOT_FOUND */
export function keepLabelSet(transaction: LibraryTransaction, libraryId: string, id: string): Promise<void> {
  return lockRow(transaction, libraryId, id, Prisma.sql`FOR KEY SHARE`);
}

/**
 * Nobody else changes the set or its labels until the end of the transaction.
 * @param argument what the id is called, for the error
 * @throws LABEL_SET_NOT_FOUND
 */
export function lockLabelSet(
  transaction: LibraryTransaction,
  libraryId: string,
  id: string,
  argument?: string,
): Promise<void> {
  return lockRow(transaction, libraryId, id, Prisma.sql`FOR NO KEY UPDATE`, argument);
}

/** As above, for a set that is to go: nothing is added to it any more, nor does a classification of it go on. */
export async function lockWholeLabelSet(transaction: LibraryTransaction, libraryId: string, id: string): Promise<void> {
  await lockRow(transaction, libraryId, id, Prisma.sql`FOR UPDATE`, 'id');
  await transaction.$queryRaw`SELECT FROM "classification" WHERE "label_set_id" = ${id}::uuid ORDER BY "id" FOR UPDATE`;
  await lockLabelsOfSet(transaction, id);
}

/** Nobody gives labels of a set to assets until the end of the transaction. @param id of a set that is locked */
export async function lockLabelsOfSet(transaction: LibraryTransaction, id: string): Promise<void> {
  await transaction.$queryRaw`SELECT FROM "label" WHERE "label_set_id" = ${id}::uuid ORDER BY "id" FOR UPDATE`;
}

async function lockRow(
  transaction: LibraryTransaction,
  libraryId: string,
  id: string,
  strength: Prisma.Sql,
  argument?: string,
): Promise<void> {
  const locked = isId(id)
    ? await transaction.$queryRaw<object[]>`
        SELECT FROM "label_set" WHERE "id" = ${id}::uuid AND "library_id" = ${libraryId}::uuid
          AND "deleted_at" IS NULL ${strength}`
    : [];
  if (locked.length === 0) throw labelSetNotFound(id, argument);
}

/**
 * Nobody else changes these labels or their sets, or gives them to assets, until the end of the transaction.
 * @returns them in the order of the ids, each once
 * @throws LABEL_NOT_FOUND
 */
export async function lockLabels(
  transaction: LibraryTransaction,
  libraryId: string,
  args: IdArguments,
): Promise<Label[]> {
  const ids = [...new Set(Object.values(args).flat())];
  const known = ids.filter(isId);
  // A label stays in its set for good.
  await transaction.$queryRaw`
    SELECT FROM "label_set" WHERE "library_id" = ${libraryId}::uuid
      AND "id" IN (SELECT "label_set_id" FROM "label" WHERE "id" = ANY(${known}::uuid[]))
    ORDER BY "id" FOR NO KEY UPDATE`;
  await transaction.$queryRaw`
    SELECT FROM "label" WHERE "id" = ANY(${known}::uuid[]) AND "library_id" = ${libraryId}::uuid
    ORDER BY "id" FOR UPDATE`;
  const found = await transaction.label.findMany({ where: { id: { in: known } } });
  const labels = new Map(found.map((label) => [label.id, label]));
  return ids.map((id) => {
    const label = labels.get(id);
    if (label) return label;
    throw new AfterimageError('LABEL_NOT_FOUND', expected('a label of the library', argumentName(args, id), id));
  });
}

export function labelSetNotFound(id: string, argument = 'labelSetId'): AfterimageError {
  return new AfterimageError('LABEL_SET_NOT_FOUND', expected('a label set of the library', argument, id));
}
