import { assignmentKey, type AssetAndLabel, type LabelChange, type SetLabel } from './label-changes.js';
import type { LibraryTransaction } from '../access/library-scope.js';
import { groupBy } from '../group-by.js';

/**
 * Which changes would leave an asset with two accepted labels of an exclusive set: where two are to be accepted, the
 * later one.
 * @param labels those of the changes
 * @returns by these, what was accepted before; none where another of the changes comes first
 */
export async function secondsOfExclusive(
  transaction: LibraryTransaction,
  labels: readonly SetLabel[],
  changes: readonly LabelChange[],
): Promise<ReadonlyMap<LabelChange, readonly AssetAndLabel[]>> {
  const setIds = new Map(labels.flatMap(({ id, labelSet }) => (labelSet?.isExclusive ? [[id, labelSet.id]] : [])));
  const accepting = changes.filter(({ labelId, after }) => after?.state === 'ACCEPTED' && setIds.has(labelId));
  if (accepting.length === 0) return new Map();
  const accepted = await transaction.assetLabel.findMany({
    where: {
      assetId: { in: accepting.map(({ assetId }) => assetId) },
      state: 'ACCEPTED',
      label: { labelSetId: { in: [...setIds.values()] }, deletedAt: null },
    },
    include: { label: { select: { labelSetId: true } } },
  });
  const changed = new Set(changes.map(assignmentKey));
  const placeOf = (assetId: string, labelSetId: string | null | undefined) => `${assetId} ${labelSetId}`;
  const taken = new Map<string, readonly AssetAndLabel[]>(
    groupBy(
      accepted.filter((row) => !changed.has(assignmentKey(row))),
      ({ assetId, label }) => placeOf(assetId, label.labelSetId),
    ),
  );
  const seconds = new Map<LabelChange, readonly AssetAndLabel[]>();
  for (const change of accepting) {
    const place = placeOf(change.assetId, setIds.get(change.labelId));
    const first = taken.get(place);
    if (first) seconds.set(change, first);
    else taken.set(place, []);
  }
  return seconds;
}
