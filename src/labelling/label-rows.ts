import { randomUUID } from 'node:crypto';
import { parentIdOf, requireAbove } from './label-parents.js';
import {
  checkColour,
  checkDescription,
  checkDistinct,
  checkProbability,
  checkPrompts,
  checkSynonyms,
} from './label-rules.js';
import type { LibraryTransaction } from '../access/library-scope.js';
import { labelKey, MAX_LABELS } from '../assets/label-name.js';
import type { Label } from '../database/generated/client.js';
import { AfterimageError, expected, type ErrorCode } from '../errors.js';
import { toName } from '../name.js';

/** What a person says of a label. */
export interface LabelFields {
  readonly name: string;
  readonly description?: string | null;
  readonly synonyms?: readonly string[] | null;
  /** The name of another label of the set. */
  readonly parent?: string | null;
  /** "#rrggbb". */
  readonly colour?: string | null;
  /** 0 to 1; the set's where it is null. */
  readonly threshold?: number | null;
  /** Instead of the templates; {} stands for the name. */
  readonly prompts?: readonly string[] | null;
  readonly negativePrompts?: readonly string[] | null;
}

/**
 * Adds labels to a set that is locked, or new.
 * @throws INVALID_ARGUMENT, LABEL_EXISTS
 */
export async function addLabels(
  transaction: LibraryTransaction,
  libraryId: string,
  labelSetId: string,
  labels: readonly LabelFields[],
): Promise<void> {
  const rows = labels.map((label, index) => ({
    id: randomUUID(),
    libraryId,
    labelSetId,
    ...inPlace(placeIn(index, label), () => ({ ...toStoredName(label.name), ...toStoredFields(label) })),
  }));
  checkDistinct(rows.map(({ name }) => name));
  const present = await transaction.label.findMany({ where: { labelSetId } });
  const known = new Set(present.map(({ nameKey }) => nameKey));
  const twice = rows.find(({ nameKey }) => known.has(nameKey));
  if (twice) throw labelExists(twice.name);
  if (present.length + rows.length > MAX_LABELS)
    throw new AfterimageError(
      'INVALID_ARGUMENT',
      expected(`at most ${MAX_LABELS} labels in a set`, 'labels', present.length + rows.length),
    );
  await transaction.label.createMany({ data: rows });
  await setParents(transaction, labelSetId, new Map(rows.map(({ id }, index) => [id, labels[index]!.parent ?? null])));
}

/** Of many labels, from 0. */
export function placeIn(index: number, { name }: LabelFields): string {
  return `label ${index + 1}, ${JSON.stringify(name.slice(0, 80))}`;
}

/** Says of what goes wrong with one of many labels with which. @param code instead of that of what goes wrong */
export function inPlace<T>(place: string, read: () => T, code?: ErrorCode): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof AfterimageError)) throw error;
    throw new AfterimageError(code ?? error.code, `${error.message}, in ${place}`, { cause: error });
  }
}

/**
 * @param parents by the id of a label, the name of its parent in the set, or null
 * @throws INVALID_ARGUMENT for a parent that is not in the set, or below the label itself
 */
export async function setParents(
  transaction: LibraryTransaction,
  labelSetId: string,
  parents: ReadonlyMap<string, string | null>,
): Promise<void> {
  const labels = await transaction.label.findMany({ where: { labelSetId } });
  const labelsById = new Map(labels.map((label) => [label.id, label]));
  const idsByKey = new Map(labels.map(({ id, nameKey }) => [nameKey, id]));
  const parentIds = new Map(labels.map(({ id, parentId }) => [id, parentId]));
  const changed: { id: string; parentId: string | null }[] = [];
  for (const [id, name] of parents) {
    const parentId = parentIdOf(labelsById.get(id)!, name, idsByKey);
    if (parentIds.get(id) === parentId) continue;
    parentIds.set(id, parentId);
    changed.push({ id, parentId });
  }
  for (const { id } of changed) requireAbove(labelsById.get(id)!, parents.get(id)!, parentIds);
  if (changed.length > 0)
    await transaction.$executeRaw`
      UPDATE "label" SET "parent_id" = "changed"."parentId" FROM jsonb_to_recordset(${JSON.stringify(changed)}::jsonb)
        AS "changed" ("id" uuid, "parentId" uuid) WHERE "label"."id" = "changed"."id"`;
}

/** What is given, as it is kept. @throws INVALID_ARGUMENT */
export function toStoredFields(fields: Omit<LabelFields, 'name' | 'parent'>) {
  const { description, synonyms, colour, threshold, prompts, negativePrompts } = fields;
  return {
    ...(description !== undefined && { description: checkDescription(description) }),
    ...(synonyms !== undefined && { synonyms: checkSynonyms(synonyms) }),
    ...(colour !== undefined && { colour: checkColour(colour) }),
    ...(threshold !== undefined && { threshold: threshold === null ? null : checkProbability(threshold, 'threshold') }),
    ...(prompts !== undefined && { prompts: checkPrompts(prompts, 'prompts') }),
    ...(negativePrompts !== undefined && { negativePrompts: checkPrompts(negativePrompts, 'negativePrompts') }),
  };
}

/** @param what it names, for the error @throws INVALID_ARGUMENT */
export function toStoredName(name: string, what = 'a label'): Pick<Label, 'name' | 'nameKey'> {
  const stored = toName(name, what);
  return { name: stored, nameKey: labelKey(stored) };
}

/** Null for labels of no set, or of several. */
export function commonSetId(labels: readonly Pick<Label, 'labelSetId'>[]): string | null {
  const [setId, ...others] = new Set(labels.map(({ labelSetId }) => labelSetId));
  return others.length === 0 ? (setId ?? null) : null;
}

export function labelExists(name: string): AfterimageError {
  return new AfterimageError('LABEL_EXISTS', expected('a name that no other label of the set has', 'name', name));
}
