import type { AssignmentFields } from './label-changes.js';
import { readVocabulary } from './vocabulary.js';
import type { LibraryTransaction } from '../access/library-scope.js';
import type { AssetLabel, LabelBatch, LabelEvent } from '../database/generated/client.js';

/** Least probabilities of suggestions, 0 to 1, by the ids of classifications and then of labels. */
export type Thresholds = ReadonlyMap<string, ReadonlyMap<string, number>>;

/**
 * What there was before a change. A suggestion gives way to what a classification has noted of that label and asset since,
 * as it would have if nobody had decided: it comes back with the new probability, or not at all below the threshold.
 * @param row what there is now
 * @param thresholds see `laterThresholds`
 */
export function formerOf(
  event: LabelEvent,
  row: AssetLabel | undefined,
  thresholds: Thresholds,
): AssignmentFields | null {
  const { fromSource, fromState, fromProbability, fromModelId, fromDecidedById, fromDecidedAt, wasInBulk } = event;
  if (fromSource === null || fromState === null) return null;
  const former = {
    source: fromSource,
    state: fromState,
    probability: fromProbability,
    modelId: fromModelId,
    decidedById: fromDecidedById,
    decidedAt: fromDecidedAt,
    isInBulk: wasInBulk,
  };
  const isNoted = row?.source === 'HUMAN' && (row.probability !== event.probability || row.modelId !== event.modelId);
  if (!isNoted) return former;
  const noted = { ...former, probability: row.probability, modelId: row.modelId };
  if (fromState !== 'SUGGESTED') return noted;
  const threshold = thresholds.get(row.notedById ?? '')?.get(event.labelId);
  if (threshold === undefined) return former;
  return (row.probability ?? 0) < threshold ? null : noted;
}

/**
 * Of the classifications that have noted something on these rows, but for those by a head that may have learned from the
 * batch: what it thinks goes with the decisions that are taken back.
 */
export async function laterThresholds(
  transaction: LibraryTransaction,
  batch: LabelBatch,
  rows: readonly AssetLabel[],
): Promise<Thresholds> {
  const ids = [...new Set(rows.flatMap(({ notedById }) => notedById ?? []))];
  if (ids.length === 0) return new Map();
  const runs = await transaction.classification.findMany({
    where: { id: { in: ids }, OR: [{ headId: null }, { head: { createdAt: { lt: batch.createdAt } } }] },
    select: { id: true, vocabulary: true },
  });
  return new Map(
    runs.map(({ id, vocabulary }) => {
      const { labels } = readVocabulary(vocabulary);
      return [id, new Map(labels.map((label) => [label.id, label.threshold]))];
    }),
  );
}
