import { isAssetId } from '../assets/asset-id.js';
import type { LibraryTransaction } from '../access/library-scope.js';
import type { Label, LabelSet } from '../database/generated/client.js';
import { AfterimageError, expected } from '../errors.js';

/** Nobody else changes the set or its labels until the end of the transaction. @throws LABEL_SET_NOT_FOUND */
export async function lockLabelSet(transaction: LibraryTransaction, libraryId: string, id: string): Promise<LabelSet> {
  const locked = isAssetId(id)
    ? await transaction.$queryRaw<object[]>`
        SELECT FROM "label_set" WHERE "id" = ${id}::uuid AND "library_id" = ${libraryId}::uuid FOR NO KEY UPDATE`
    : [];
  if (locked.length === 0) throw labelSetNotFound(id);
  return transaction.labelSet.findUniqueOrThrow({ where: { id } });
}

/**
 * Nobody else changes these labels, or gives them to assets, until the end of the transaction. By id, so that two who lock
 * the same wait for one another.
 * @throws LABEL_NOT_FOUND
 */
export async function lockLabels(
  transaction: LibraryTransaction,
  libraryId: string,
  ids: readonly string[],
): Promise<Label[]> {
  const known = ids.filter(isAssetId);
  await transaction.$queryRaw`
    SELECT FROM "label" WHERE "id" = ANY(${known}::uuid[]) AND "library_id" = ${libraryId}::uuid
    ORDER BY "id" FOR UPDATE`;
  const labels = await transaction.label.findMany({ where: { id: { in: known } } });
  const isFound = new Set(labels.map(({ id }) => id));
  const missing = ids.find((id) => !isFound.has(id));
  if (missing !== undefined)
    throw new AfterimageError('LABEL_NOT_FOUND', expected('a label of the library', 'id', missing));
  return labels;
}

export function labelSetNotFound(id: string): AfterimageError {
  return new AfterimageError('LABEL_SET_NOT_FOUND', expected('a label set of the library', 'labelSetId', id));
}
