import type { AssignmentFields, SetLabel } from './label-changes.js';
import type { LibraryTransaction } from '../access/library-scope.js';
import type { AssetLabel, LabelEvent } from '../database/generated/client.js';

/**
 * What there was before a change, but for the opinion that a classification has noted on the decision since: that is the
 * newer one. A suggestion that it would not make does not come back.
 * @param row what there is now
 * @param threshold least probability of a suggestion, 0 to 1
 */
export function formerOf(event: LabelEvent, row: AssetLabel | undefined, threshold: number): AssignmentFields | null {
  const { fromSource, fromState, fromProbability, fromModelId, fromDecidedById, fromDecidedAt } = event;
  if (fromSource === null || fromState === null) return null;
  const isNoted = row?.source === 'HUMAN' && (row.probability !== event.probability || row.modelId !== event.modelId);
  if (isNoted && fromState === 'SUGGESTED' && (row.probability ?? 0) < threshold) return null;
  return {
    source: fromSource,
    state: fromState,
    probability: isNoted ? row.probability : fromProbability,
    modelId: isNoted ? row.modelId : fromModelId,
    decidedById: fromDecidedById,
    decidedAt: fromDecidedAt,
  };
}

/**
 * From which probability on a classification suggests labels, by their ids: as the last one of the set was asked to, or
 * else as the set has it. Those of no set are classified by none: 0.
 */
export async function suggestionThresholds(
  transaction: LibraryTransaction,
  labels: readonly SetLabel[],
): Promise<ReadonlyMap<string, number>> {
  const setIds = [...new Set(labels.flatMap(({ labelSetId }) => labelSetId ?? []))];
  const last = await transaction.$queryRaw<{ labelSetId: string; threshold: number | null }[]>`
    SELECT DISTINCT ON ("label_set_id") "label_set_id" AS "labelSetId", "threshold" FROM "classification"
    WHERE "label_set_id" = ANY(${setIds}::uuid[]) AND NOT "is_dry_run"
    ORDER BY "label_set_id", "created_at" DESC`;
  const asked = new Map(last.map(({ labelSetId, threshold }) => [labelSetId, threshold]));
  return new Map(
    labels.map(({ id, labelSet, threshold }) => [
      id,
      labelSet ? (asked.get(labelSet.id) ?? threshold ?? labelSet.threshold) : 0,
    ]),
  );
}
