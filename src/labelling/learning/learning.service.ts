import { setImmediate } from 'node:timers/promises';
import type { Correction } from './fit-head.js';
import { digestOf, readDecisions, startReading, type DecidedPicture } from './human-decisions.js';
import { priorLogits } from './label-head.js';
import type { HeadVersion, LabelHeads, SeenVersion } from './label-heads.js';
import { trainInThread } from './learning-thread.js';
import { shownHead, toQuality, type LabelSetQuality } from './label-set-quality.js';
import type { TrainingQueue } from './training-queue.js';
import { checkProbability } from '../label-rules.js';
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
    private readonly trainings: TrainingQueue<HeadVersion>,
  ) {}

  /**
   * Trains a head for the active model on the decisions of people, of the last 5,000 pictures at most. It answers from now
   * on if it is better than the prior on pictures that it was not trained on; else everything stays as it is. One set at a
   * time: others wait, and who asks for a set that waits or is under way, here or in another process, gets what comes of
   * that.
   * @param seen a version of the same decisions after this one is as good; the newest that there is by default
   * @throws LABEL_SET_NOT_FOUND, LABEL_SET_EMPTY, LABEL_DECISIONS_MISSING, BACKLOG_FULL when 20 other sets
   *   wait, SHUTTING_DOWN
   */
  async train(viewer: Viewer, labelSetId: string, seen?: SeenVersion): Promise<HeadVersion> {
    const { id } = await this.labelSets.get(viewer, labelSetId);
    const newest = seen ?? (await this.#newest(viewer, id));
    return this.trainings.run(id, (signal) => this.#train(viewer, id, newest, signal));
  }

  /** @returns the head that answers now; null for the prior @throws LABEL_SET_NOT_FOUND, LABEL_HEAD_NOT_FOUND */
  async rollBack(viewer: Viewer, labelSetId: string): Promise<HeadVersion | null> {
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
    const key = { libraryId: viewer.libraryId, labelSetId };
    const heads = await this.heads.list(key, model.id);
    const shown = shownHead(set, heads);
    return toQuality(set, model.id, heads, shown && (await this.heads.metrics(key, shown.id)), wanted);
  }

  async #newest({ libraryId }: Viewer, labelSetId: string): Promise<SeenVersion> {
    const { id: modelId } = await this.models.active();
    const [newest] = await this.heads.list({ libraryId, labelSetId }, modelId);
    return { modelId, version: newest?.version ?? 0 };
  }

  async #train(viewer: Viewer, labelSetId: string, seen: SeenVersion, signal: AbortSignal): Promise<HeadVersion> {
    const { libraryId } = viewer;
    const key = { libraryId, labelSetId };
    const { labels, isExclusive, templates } = await this.labelSets.getFilled(viewer, labelSetId);
    const model = await this.models.active();
    const labelIds = labels.map(({ id }) => id);
    const rows = this.libraries.rows(libraryId);
    const readAt = await startReading(rows, key);
    const { count, pictures } = await readDecisions(rows, libraryId, { labelIds, isExclusive }, model.id);
    const digest = digestOf(labelIds, isExclusive, pictures);
    // Of another model than that which answered then no version was seen.
    const since = { modelId: model.id, version: seen.modelId === model.id ? seen.version : 0 };
    const same = await this.heads.trainedSince(key, since, digest);
    if (same) return same;
    const score = await this.scorers.of(model, { labels, templates, isMultiLabel: !isExclusive });
    const corrections = await this.#correctionsOf(model, score, pictures, isExclusive, signal);
    if (count === 0 || corrections.length === 0) {
      const teaching = isExclusive ? 'labels that were accepted, but not in bulk,' : 'accepted or rejected labels';
      throw new AfterimageError(
        'LABEL_DECISIONS_MISSING',
        `expected ${teaching} on pictures with an embedding, received none`,
      );
    }
    const learned = await trainInThread({ corrections, isExclusive }, signal);
    return this.heads.add(key, since, {
      modelId: model.id,
      labelIds,
      isExclusive,
      decisions: count,
      digest,
      readAt,
      ...learned,
    });
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
