import { setImmediate } from 'node:timers/promises';
import type { LabelChange, LabelChanges, Opinion } from './label-changes.js';
import type { LabelSetScorers } from './learning/label-set-scorers.js';
import { opinionsOf, suggestionChanges, type ScoredAsset } from './suggestions.js';
import type { Vocabulary } from './vocabulary.js';
import type { LibraryTransaction } from '../access/library-scope.js';
import type { ServedModel } from '../assets/served-models.js';
import type { Classification } from '../database/generated/client.js';

/** Assets of one portion, which is one transaction. */
const MOST_ASSETS = 500;
/** Labels times assets of one: with many labels it has fewer assets. */
const MOST_SCORES = 20_000;

/** How many assets are scored, and written, at a time. */
export function portionSize({ labels }: Pick<Vocabulary, 'labels'>): number {
  return Math.max(1, Math.min(MOST_ASSETS, Math.floor(MOST_SCORES / labels.length)));
}

/** By what is suggested, and for whom. */
export type SuggestedBy = Pick<
  Classification,
  'id' | 'libraryId' | 'labelSetId' | 'modelId' | 'headId' | 'isAutomatic' | 'requestedById'
>;

/** Asks a model which labels of a set assets have, by their stored embeddings, and writes what it suggests. */
export class Suggester {
  constructor(
    private readonly scorers: LabelSetScorers,
    private readonly changes: LabelChanges,
  ) {}

  /** Of those that have an embedding of the model, in their order. */
  async score(
    model: ServedModel,
    { libraryId, headId }: Pick<SuggestedBy, 'libraryId' | 'headId'>,
    { isExclusive, labels, templates }: Vocabulary,
    assetIds: readonly string[],
  ): Promise<ScoredAsset[]> {
    const embeddings = await model.index.embeddings(assetIds);
    const score = await this.scorers.of(model, headId, { libraryId, labels, templates, isExclusive });
    const scored: ScoredAsset[] = [];
    for (const assetId of assetIds) {
      const embedding = embeddings.get(assetId);
      if (!embedding) continue;
      scored.push({ assetId, probabilities: score(embedding) });
      // Many labels take a while: others get their turn in between.
      if (scored.length % 20 === 0) await setImmediate();
    }
    return scored;
  }

  /**
   * What people decided stays.
   * @returns how many suggestions there are of it, and what the model thinks of what people decided
   */
  async write(
    transaction: LibraryTransaction,
    { id, libraryId, labelSetId, modelId, isAutomatic, requestedById: keyId }: SuggestedBy,
    vocabulary: Vocabulary,
    scored: readonly ScoredAsset[],
  ): Promise<{ readonly suggested: number; readonly opinions: readonly Opinion[] }> {
    const batch = { id, libraryId, kind: 'CLASSIFICATION', labelSetId, byId: keyId } as const;
    const there = await this.#lock(transaction, libraryId, vocabulary, scored);
    const rows = await this.changes.read(
      transaction,
      there.scored.map(({ assetId }) => assetId),
      there.vocabulary.labels.map((label) => label.id),
    );
    const by = { modelId, keyId, isAutomatic };
    const changes = there.scored.flatMap((each) => suggestionChanges(there.vocabulary, each, rows, by));
    const isStill = ({ before, after }: LabelChange) => before !== undefined && after !== null;
    await this.changes.renew(transaction, changes.filter(isStill));
    await this.changes.write(
      transaction,
      batch,
      changes.filter((change) => !isStill(change)),
    );
    return {
      suggested: changes.filter(({ after }) => after).length,
      opinions: there.scored.flatMap((each) => opinionsOf(there.vocabulary, each, rows)),
    };
  }

  /** What is still there of the labels and of the assets. Labels that were deleted meanwhile are suggested no more. */
  async #lock(
    transaction: LibraryTransaction,
    libraryId: string,
    vocabulary: Vocabulary,
    scored: readonly ScoredAsset[],
  ): Promise<{ vocabulary: Vocabulary; scored: ScoredAsset[] }> {
    const found = await this.changes.keepLabels(
      transaction,
      libraryId,
      vocabulary.labels.map(({ id }) => id),
    );
    const labelIds = new Set(found.map(({ id }) => id));
    const isThere = vocabulary.labels.map(({ id }) => labelIds.has(id));
    const assetIds = new Set(
      await this.changes.lock(
        transaction,
        libraryId,
        scored.map(({ assetId }) => assetId),
      ),
    );
    return {
      vocabulary: { ...vocabulary, labels: vocabulary.labels.filter((_, index) => isThere[index]) },
      scored: scored
        .filter(({ assetId }) => assetIds.has(assetId))
        .map(({ assetId, probabilities }) => ({
          assetId,
          probabilities: probabilities.filter((_, index) => isThere[index]),
        })),
    };
  }
}
