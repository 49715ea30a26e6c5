import { labelKey } from '../assets/label-name.js';
import type { Label } from '../database/generated/client.js';
import { AfterimageError, expected } from '../errors.js';
import { checkStorable } from '../storable-text.js';

/** By the id of a label that of its parent, or null. */
export type ParentIds = ReadonlyMap<string, string | null>;

/**
 * @param idsByKey of the labels of the set, by their name keys
 * @param parent the name of the parent, or null
 * @throws INVALID_ARGUMENT for one that is not in the set
 */
export function parentIdOf(
  { name }: Pick<Label, 'name'>,
  parent: string | null,
  idsByKey: ReadonlyMap<string, string>,
): string | null {
  if (parent === null) return null;
  const parentId = idsByKey.get(labelKey(checkStorable(parent, 'parent')));
  if (parentId === undefined)
    throw new AfterimageError('INVALID_ARGUMENT', expected('a label of the same set', parentOf(name), parent));
  return parentId;
}

/** @param parent the name of the parent @throws INVALID_ARGUMENT for one that is below the label itself */
export function requireAbove(
  { id, name }: Pick<Label, 'id' | 'name'>,
  parent: string | null,
  parentIds: ParentIds,
): void {
  if ([...ancestorsOf(id, parentIds)].includes(id))
    throw new AfterimageError('INVALID_ARGUMENT', expected('a label that is not below it', parentOf(name), parent));
}

/** From the parent upwards, each once: rows that an earlier release let into a circle have no end. */
export function* ancestorsOf(id: string, parentIds: ParentIds): Iterable<string> {
  const seen = new Set<string>();
  for (let at = parentIds.get(id) ?? null; at !== null && !seen.has(at); at = parentIds.get(at) ?? null) {
    seen.add(at);
    yield at;
  }
}

function parentOf(name: string): string {
  return `the parent of ${JSON.stringify(name)}`;
}
