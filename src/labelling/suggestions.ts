import {
  assignmentKey,
  isOpenSuggestion,
  suggestion,
  type Assignments,
  type LabelChange,
  type Opinion,
} from './label-changes.js';
import type { Vocabulary } from './vocabulary.js';
import type { AssetLabel } from '../database/generated/client.js';

/** What a model says of one asset: a probability a label, in the order of the vocabulary. */
export interface ScoredAsset {
  readonly assetId: string;
  readonly probabilities: readonly number[];
}

/**
 * Indices of the labels that a model would give to an asset: of an exclusive set the surest one, if it passes.
 * @param isOpen of which labels nobody has decided; all by default
 */
export function passing(
  { isExclusive, labels }: Vocabulary,
  probabilities: readonly number[],
  isOpen: (index: number) => boolean = () => true,
): number[] {
  const open = labels.flatMap((_, index) => (isOpen(index) ? index : []));
  const candidates = isExclusive ? surest(open, probabilities) : open;
  return candidates.filter((index) => probabilities[index]! >= labels[index]!.threshold);
}

/**
 * What a model's view changes about one asset: its own suggestions only, never what anybody decided. Of an exclusive set
 * it suggests one label, not one that was rejected, and none where one is accepted.
 * @param by `isAutomatic`: where nobody asked for it, see `keepingUnsure`
 */
export function suggestionChanges(
  vocabulary: Vocabulary,
  { assetId, probabilities }: ScoredAsset,
  current: Assignments,
  by: { readonly modelId: string; readonly keyId: string | null; readonly isAutomatic: boolean },
): LabelChange[] {
  const rows = vocabulary.labels.map(({ id: labelId }) => current.get(assignmentKey({ assetId, labelId })));
  const isOpen = (index: number) => !rows[index] || isOpenSuggestion(rows[index]);
  const isTaken = vocabulary.isExclusive && rows.some((row) => row?.state === 'ACCEPTED');
  const suggested = new Set(
    isTaken ? [] : passing(by.isAutomatic ? keepingUnsure(vocabulary, rows) : vocabulary, probabilities, isOpen),
  );
  return vocabulary.labels.flatMap(({ id: labelId, name: labelName }, index) => {
    const before = rows[index];
    if (!isOpen(index)) return [];
    const after = suggested.has(index) ? suggestion(probabilities[index]!, by.modelId, by.keyId) : null;
    return before || after ? [{ assetId, labelId, labelName, before, after }] : [];
  });
}

/**
 * Without a threshold where one of the suggestions that there are is below it: somebody asked for what the model is unsure of,
 * by a lower one, and what a set does by itself takes nothing of that out of the queue.
 */
function keepingUnsure(vocabulary: Vocabulary, rows: readonly (AssetLabel | undefined)[]): Vocabulary {
  const isUnsure = vocabulary.labels.map(({ threshold }, index) => {
    const row = rows[index];
    return row !== undefined && isOpenSuggestion(row) && row.probability !== null && row.probability < threshold;
  });
  if (!isUnsure.includes(true)) return vocabulary;
  const labels = vocabulary.labels.map((label, index) =>
    vocabulary.isExclusive || isUnsure[index] ? { ...label, threshold: 0 } : label,
  );
  return { ...vocabulary, labels };
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

/** The first of them where several are; none of none. */
function surest(indices: readonly number[], probabilities: readonly number[]): number[] {
  return indices.reduce<number[]>(
    ([best], index) => [best === undefined || probabilities[index]! > probabilities[best]! ? index : best],
    [],
  );
}
