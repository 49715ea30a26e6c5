import { assignmentKey, type AssetAndLabel } from './label-changes.js';
import type { Decision, DecisionScope } from './review-scope.js';
import type { AssetLabel } from '../database/generated/client.js';
import { groupBy } from '../group-by.js';

/**
 * Which decisions would write over what their labeller has not seen. Of an exclusive set that is so too of another label
 * that would be rejected: where what is said of it in the same call is in conflict, and, for whoever says what they saw,
 * where somebody else has accepted it and they do not name it. Two that accept labels of one exclusive set are in one
 * another's way.
 * @param decisions about what there is
 * @param byId the key of who decides
 * @returns the label in the way of each; null where it is the one that is decided of
 */
export function conflictsOf(
  decisions: readonly Decision[],
  { labels, current }: DecisionScope,
  byId: string | null,
): ReadonlyMap<Decision, string | null> {
  const isStale = (each: Decision) =>
    each.expectedRevision != null && each.expectedRevision !== (current.get(assignmentKey(each))?.revision ?? 0);
  /** Where only one label may be accepted. */
  const placeOf = ({ assetId, labelId }: AssetAndLabel) => {
    const { labelSet } = labels.get(labelId)!;
    return labelSet?.isExclusive ? `${assetId} ${labelSet.id}` : null;
  };
  const decided = new Map(decisions.map((each) => [assignmentKey(each), each]));
  const standing = groupBy(
    [...current.values()].filter(({ state }) => state !== 'REJECTED'),
    placeOf,
  );
  const accepting = groupBy(
    decisions.filter(({ state }) => state === 'ACCEPTED'),
    placeOf,
  );
  const isInTheWay = (row: AssetLabel, { labelId, expectedRevision }: Decision) => {
    if (row.labelId === labelId) return false;
    const own = decided.get(assignmentKey(row));
    if (own && isStale(own)) return true;
    if (own?.state === 'REJECTED' && own.expectedRevision == null) return false;
    const isOthers = row.state === 'ACCEPTED' && row.decidedById !== byId;
    return expectedRevision != null && isOthers && own?.expectedRevision !== row.revision;
  };
  const conflicts = new Map<Decision, string | null>();
  for (const each of decisions) {
    const place = placeOf(each);
    if (isStale(each)) conflicts.set(each, null);
    else if (each.state === 'ACCEPTED' && place !== null) {
      const other =
        accepting.get(place)!.find(({ labelId }) => labelId !== each.labelId) ??
        standing.get(place)?.find((row) => isInTheWay(row, each));
      if (other) conflicts.set(each, other.labelId);
    }
  }
  return conflicts;
}
