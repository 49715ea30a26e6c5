import {
  assignmentKey,
  isOpenSuggestion,
  suggestion,
  type Assignments,
  type LabelChange,
  type Opinion,
} from './label-changes.js';
import type { Vocabulary } from './vocabulary.js';

/** What a model says of one asset: a probability a label, in the order of the vocabulary. */
export interface ScoredAsset {
  readonly assetId: string;
  readonly probabilities: readonly number[];
}

/** Indices of the labels that a model would give to an asset of which nobody has decided anything. */
export function passing({ isExclusive, labels }: Vocabulary, probabilities: readonly number[]): number[] {
  const isPassing = (index: number) => probabilities[index]! >= labels[index]!.threshold;
  if (!isExclusive) return labels.flatMap((_, index) => (isPassing(index) ? index : []));
  const best = surest(
    labels.map((_, index) => index),
    probabilities,
  );
  return best !== undefined && isPassing(best) ? [best] : [];
}

/**
 * What a model's view changes about one asset: its own suggestions only, never what anybody decided. Of an exclusive set
 * it suggests one label, not one that was rejected, and none where one is accepted.
 */
export function suggestionChanges(
  vocabulary: Vocabulary,
  { assetId, probabilities }: ScoredAsset,
  current: Assignments,
  by: { readonly modelId: string; readonly keyId: string | null },
): LabelChange[] {
  const rows = vocabulary.labels.map(({ id: labelId }) => current.get(assignmentKey({ assetId, labelId })));
  const isOpen = (index: number) => !rows[index] || isOpenSuggestion(rows[index]);
  const suggested = new Set(
    suggestedOf(
      vocabulary,
      probabilities,
      isOpen,
      rows.some((row) => row?.state === 'ACCEPTED'),
    ),
  );
  return vocabulary.labels.flatMap(({ id: labelId, name: labelName }, index) => {
    const before = rows[index];
    if (!isOpen(index)) return [];
    const after = suggested.has(index) ? suggestion(probabilities[index]!, by.modelId, by.keyId) : null;
    return before || after ? [{ assetId, labelId, labelName, before, after }] : [];
  });
}

/** What a model thinks of what people have decided of one asset. */
export function opinionsOf(
  { labels }: Vocabulary,
  { assetId, probabilities }: ScoredAsset,
  current: Assignments,
): Opinion[] {
  return labels.flatMap(({ id: labelId }, index) =>
    current.get(assignmentKey({ assetId, labelId }))?.source === 'HUMAN'
      ? [{ assetId, labelId, probability: probabilities[index]! }]
      : [],
  );
}

function suggestedOf(
  vocabulary: Vocabulary,
  probabilities: readonly number[],
  isOpen: (index: number) => boolean,
  isDecided: boolean,
): number[] {
  if (!vocabulary.isExclusive) return passing(vocabulary, probabilities);
  if (isDecided) return [];
  const best = surest(
    vocabulary.labels.flatMap((_, index) => (isOpen(index) ? index : [])),
    probabilities,
  );
  return best !== undefined && probabilities[best]! >= vocabulary.labels[best]!.threshold ? [best] : [];
}

function surest(indices: readonly number[], probabilities: readonly number[]): number | undefined {
  return indices.reduce<number | undefined>(
    (best, index) => (best === undefined || probabilities[index]! > probabilities[best]! ? index : best),
    undefined,
  );
}
