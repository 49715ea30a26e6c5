import { setImmediate } from 'node:timers/promises';
import type { Correction } from './fit-head.js';
import { readDecisions, type DecidedPicture } from './human-decisions.js';
import { priorLogits } from './label-head.js';
import type { LabelHeads, StoredHead } from './label-heads.js';
import { trainInThread } from './learning-thread.js';
import { toQuality, type LabelSetQuality } from './label-set-quality.js';
import type { TrainingQueue } from './training-queue.js';
import { checkPromptedLabels, checkProbability } from '../label-rules.js';
import type { LabelScorer, LabelScorers } from '../label-scorers.js';
import type { LabelSetsService } from '../label-sets.service.js';
import type { Libraries } from '../../access/libraries.js';
import type { Viewer } from '../../access/viewer.js';
import type { ServedModel, ServedModels } from '../../assets/served-models.js';
import { AfterimageError } from '../../errors.js';

/** Embeddings that are read at once. */
const CHUNK = 500;

/** Label sets that learn from what people decide. */
export class LearningService {
  constructor(
    private readonly libraries: Libraries,
    private readonly labelSets: LabelSetsService,
    private readonly models: ServedModels,
    private readonly scorers: LabelScorers,
    private readonly heads: LabelHeads,
    private readonly trainings: TrainingQueue<StoredHead>,
  ) {}

  /**
   * Trains a head for the active model on the decisions of people, of the last 5,000 pictures at most. It answers from now
   * on if it is better than the prior on pictures that it was not trained on; else everything stays as it is. One set at a
   * time: others wait, and who asks for a set that waits or is under way gets what comes of that.
   * @throws INVALID_ARGUMENT for a set without labels, LABEL_SET_NOT_FOUND, LABEL_DECISIONS_MISSING, BACKLOG_FULL when 20
   *   other sets wait, SHUTTING_DOWN
   */
  async train(viewer: Viewer, labelSetId: string): Promise<StoredHead> {
    const { id } = await this.labelSets.get(viewer, labelSetId);
    return this.trainings.run(id, (signal) => this.#train(viewer, id, signal));
  }

  /** @returns the head that answers now; null for the prior @throws LABEL_SET_NOT_FOUND, LABEL_HEAD_NOT_FOUND */
  async rollBack(viewer: Viewer, labelSetId: string): Promise<StoredHead | null> {
    const { id } = await this.labelSets.get(viewer, labelSetId);
    const model = await this.models.active();
    return this.heads.rollBack({ libraryId: viewer.libraryId, labelSetId: id }, model.id);
  }

  /**
   * How good a set is, and was before it learned, by what was measured when its head was trained.
   * @param wantedPrecision 0 to 1: for the suggested thresholds
   * @returns null for a set that is not there
   * @throws INVALID_ARGUMENT
   */
  async quality(viewer: Viewer, labelSetId: string, wantedPrecision: number): Promise<LabelSetQuality | null> {
    const wanted = checkProbability(wantedPrecision, 'wantedPrecision');
    const set = await this.labelSets.find(viewer, labelSetId);
    if (!set) return null;
    const model = await this.models.active();
    const heads = await this.heads.list({ libraryId: viewer.libraryId, labelSetId }, model.id);
    return toQuality(set, model.id, heads, wanted);
  }

  async #train(viewer: Viewer, labelSetId: string, signal: AbortSignal): Promise<StoredHead> {
    const { libraryId } = viewer;
    const { labels, isExclusive, templates } = await this.labelSets.get(viewer, labelSetId);
    checkPromptedLabels(labels);
    const model = await this.models.active();
    const labelIds = labels.map(({ id }) => id);
    const { count, pictures } = await readDecisions(this.libraries.rows(libraryId), libraryId, labelIds);
    const score = await this.scorers.of(model, { labels, templates, isMultiLabel: !isExclusive });
    const corrections = await this.#correctionsOf(model, score, pictures, isExclusive, signal);
    if (corrections.length === 0)
      throw new AfterimageError(
        'LABEL_DECISIONS_MISSING',
        `expected accepted or rejected labels on pictures with an embedding, received ${pictures.length} such pictures`,
      );
    const learned = await trainInThread({ corrections, isExclusive }, signal);
    return this.heads.add(
      { libraryId, labelSetId },
      {
        modelId: model.id,
        labelIds,
        isExclusive,
        decisions: count,
        pictures: corrections.length,
        ...learned,
      },
    );
  }

  async #correctionsOf(
    model: ServedModel,
    score: LabelScorer,
    pictures: readonly DecidedPicture[],
    isExclusive: boolean,
    signal: AbortSignal,
  ): Promise<Correction[]> {
    const corrections: Correction[] = [];
    for (let start = 0; start < pictures.length; start += CHUNK) {
      const chunk = pictures.slice(start, start + CHUNK);
      const embeddings = await model.index.embeddings(chunk.map(({ assetId }) => assetId));
      for (const { assetId, decisions } of chunk) {
        const embedding = embeddings.get(assetId);
        if (!embedding) continue;
        const probabilities = score(embedding).map(({ probability }) => probability);
        corrections.push({ embedding, prior: priorLogits(probabilities, isExclusive), decisions });
        // Many labels take a while: others get their turn in between.
        if (corrections.length % 20 === 0) await setImmediate();
        signal.throwIfAborted();
      }
    }
    return corrections;
  }
}
