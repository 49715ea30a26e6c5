import { assignmentKey, type LabelChange, type SetLabel } from './label-changes.js';
import type { LibraryTransaction } from '../access/library-scope.js';

/**
 * Which changes would leave an asset with two accepted labels of an exclusive set: where two are to be accepted, the
 * later one.
 * @param labels those of the changes
 */
export async function secondsOfExclusive(
  transaction: LibraryTransaction,
  labels: readonly SetLabel[],
  changes: readonly LabelChange[],
): Promise<ReadonlySet<LabelChange>> {
  const setIds = new Map(labels.flatMap(({ id, labelSet }) => (labelSet?.isExclusive ? [[id, labelSet.id]] : [])));
  const accepting = changes.filter(({ labelId, after }) => after?.state === 'ACCEPTED' && setIds.has(labelId));
  if (accepting.length === 0) return new Set();
  const accepted = await transaction.assetLabel.findMany({
    where: {
      assetId: { in: accepting.map(({ assetId }) => assetId) },
      state: 'ACCEPTED',
      label: { labelSetId: { in: [...setIds.values()] }, deletedAt: null },
    },
    include: { label: { select: { labelSetId: true } } },
  });
  const changed = new Set(changes.map(assignmentKey));
  const taken = new Set(
    accepted.flatMap((row) => (changed.has(assignmentKey(row)) ? [] : `${row.assetId} ${row.label.labelSetId}`)),
  );
  return new Set(
    accepting.filter(({ assetId, labelId }) => {
      const place = `${assetId} ${setIds.get(labelId)}`;
      return taken.has(place) || !taken.add(place);
    }),
  );
}
