import type { LabelIds } from './asset-filter.condition.js';
import type { LabelNaming } from './asset-filter.js';
import { labelKey } from './label-name.js';
import type { PrismaClient } from '../database/database.js';
import { groupBy } from '../group-by.js';
import { isId } from '../id.js';

interface NamedLabel {
  readonly id: string;
  readonly key: string;
  readonly setId: string | null;
}

/** The labels of a library that a filter means. Of a label or a set that is deleted there are none. */
export async function labelIds(
  prisma: Pick<PrismaClient, '$queryRaw'>,
  libraryId: string,
  namings: readonly LabelNaming[],
): Promise<LabelIds> {
  if (namings.length === 0) return () => [];
  const keys = namings.flatMap(({ name }) => (name == null ? [] : labelKey(name)));
  const ids = namings.flatMap(({ labelId }) => labelId ?? []).filter(isId);
  // Of a name in a set the labels of that name are enough.
  const setIds = namings.flatMap(({ name, labelId, labelSetId }) => ((name ?? labelId) ? [] : (labelSetId ?? [])));
  const found = await prisma.$queryRaw<NamedLabel[]>`
    SELECT id, name_key AS key, label_set_id AS "setId" FROM label
    WHERE library_id = ${libraryId}::uuid AND deleted_at IS NULL AND (name_key = ANY (${keys}::text[])
      OR id = ANY (${ids}::uuid[]) OR label_set_id = ANY (${setIds.filter(isId)}::uuid[]))`;
  const byKey = groupBy(found, ({ key }) => key);
  const bySet = groupBy(found, ({ setId }) => setId);
  const byId = groupBy(found, ({ id }) => id);

  return ({ name, labelId, labelSetId }) => {
    const key = name == null ? null : labelKey(name);
    const among = labelId != null ? byId.get(labelId) : key != null ? byKey.get(key) : bySet.get(labelSetId ?? null);
    const isMeant = (label: NamedLabel) =>
      (key == null || label.key === key) && (labelSetId == null || label.setId === labelSetId);
    return (among ?? []).filter(isMeant).map(({ id }) => id);
  };
}
