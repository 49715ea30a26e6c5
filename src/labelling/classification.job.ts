import { setImmediate } from 'node:timers/promises';
import { countIn, readOutcome } from './classification-outcome.js';
import type { LabelChanges } from './label-changes.js';
import type { LabelSetScorers } from './learning/label-set-scorers.js';
import { opinionsOf, suggestionChanges, type ScoredAsset } from './suggestions.js';
import { readVocabulary, type Vocabulary } from './vocabulary.js';
import type { Libraries } from '../access/libraries.js';
import type { LibraryTransaction } from '../access/library-scope.js';
import type { AssetsService } from '../assets/assets.service.js';
import type { ServedModels } from '../assets/served-models.js';
import { filterOf } from '../assets/stored-filter.js';
import type { Prisma } from '../database/database.js';
import type { Classification } from '../database/generated/client.js';
import type { SharedTopic } from '../events/topic.js';
import type { JobHandler } from '../jobs/job-outcomes.js';
import type { Failure, JobQueue, RunningJob } from '../jobs/job-queue.js';

/** Assets of one job, which is one transaction. */
const BATCH = 500;
/** Labels times assets of one: with many labels it has fewer assets. */
const MAX_SCORES = 20_000;

/** A portion of what there is to be classified. */
interface Portion {
  readonly ids: readonly string[];
  readonly scored: readonly ScoredAsset[];
  readonly isLast: boolean;
}

/**
 * Takes a classification further by a portion of the assets, and enqueues the job for the next in the transaction that
 * writes the portion: after the end of a process it goes on where it was.
 */
export class ClassificationJob implements JobHandler {
  constructor(
    private readonly libraries: Libraries,
    private readonly assets: AssetsService,
    private readonly models: ServedModels,
    private readonly scorers: LabelSetScorers,
    private readonly changes: LabelChanges,
    private readonly queue: JobQueue,
    private readonly progress: SharedTopic,
  ) {}

  /** The job is about a classification instead of an asset. */
  async run({ assetId: id, libraryId }: Pick<RunningJob, 'assetId' | 'libraryId'>): Promise<void> {
    const rows = this.libraries.rows(libraryId);
    const run = await rows.classification.findUnique({ where: { id } });
    if (run?.state !== 'RUNNING') return;
    const vocabulary = readVocabulary(run.vocabulary);
    const portion = await this.#score(run, vocabulary);
    await rows.$transaction((transaction) => this.#write(transaction, run, vocabulary, portion));
    this.changes.announce();
    this.progress.publish(id, libraryId);
  }

  async onFailed(
    transaction: Prisma.TransactionClient,
    { assetId: id }: RunningJob,
    { code, message }: Failure,
  ): Promise<void> {
    await transaction.classification.updateMany({
      where: { id, state: 'RUNNING' },
      data: { state: 'FAILED', errorCode: code, errorMessage: message, finishedAt: new Date() },
    });
  }

  onEnded({ assetId: id, libraryId }: RunningJob): void {
    this.progress.publish(id, libraryId);
  }

  async #score(run: Classification, vocabulary: Vocabulary): Promise<Portion> {
    const { isExclusive, labels, templates } = vocabulary;
    const limit = Math.max(1, Math.min(BATCH, Math.floor(MAX_SCORES / labels.length)));
    const viewer = { libraryId: run.libraryId, role: 'VIEWER', keyId: run.requestedById } as const;
    const model = await this.models.find(run.modelId);
    const ids = await this.assets.idsAfter(viewer, filterOf(run.filter), run.doneUpTo, limit);
    const embeddings = await model.index.embeddings(ids);
    const { libraryId, headId } = run;
    const score = await this.scorers.of(model, headId, { libraryId, labels, templates, isExclusive });
    const scored: ScoredAsset[] = [];
    for (const assetId of ids) {
      const embedding = embeddings.get(assetId);
      if (!embedding) continue;
      scored.push({ assetId, probabilities: score(embedding) });
      // Many labels take a while: others get their turn in between.
      if (scored.length % 20 === 0) await setImmediate();
    }
    return { ids, scored, isLast: ids.length < limit };
  }

  async #write(
    transaction: LibraryTransaction,
    { id, libraryId, doneUpTo, requestedById: keyId, ...run }: Classification,
    vocabulary: Vocabulary,
    { ids, scored, isLast }: Portion,
  ): Promise<void> {
    const locked = await transaction.$queryRaw<object[]>`
      SELECT FROM "classification" WHERE "id" = ${id}::uuid AND "state" = 'RUNNING'
        AND "done_up_to" IS NOT DISTINCT FROM ${doneUpTo}::uuid FOR UPDATE`;
    // Cancelled meanwhile, or another has written this portion.
    if (locked.length === 0) return;
    const current = await transaction.classification.findUniqueOrThrow({ where: { id } });
    let suggested = 0;
    if (!run.isDryRun) {
      const { modelId, labelSetId } = run;
      const batch = { id, libraryId, kind: 'CLASSIFICATION', labelSetId, byId: keyId } as const;
      const there = await this.#lock(transaction, libraryId, vocabulary, scored);
      const rows = await this.changes.read(
        transaction,
        there.scored.map(({ assetId }) => assetId),
        there.vocabulary.labels.map((label) => label.id),
      );
      const changes = there.scored.flatMap((each) =>
        suggestionChanges(there.vocabulary, each, rows, { modelId, keyId }),
      );
      suggested = changes.filter(({ after }) => after).length;
      await this.changes.write(transaction, batch, changes);
      const opinions = there.scored.flatMap((each) => opinionsOf(there.vocabulary, each, rows));
      await this.changes.note(transaction, { id, modelId }, opinions);
    }
    await transaction.classification.updateMany({
      where: { id },
      data: {
        doneUpTo: ids.at(-1) ?? doneUpTo,
        processed: { increment: ids.length },
        notReady: { increment: ids.length - scored.length },
        suggested: { increment: suggested },
        outcome: countIn(readOutcome(current.outcome), vocabulary, scored),
        ...(isLast && { state: 'SUCCEEDED', finishedAt: new Date() }),
      },
    });
    if (!isLast) await this.queue.enqueue(transaction, [{ libraryId, kind: 'CLASSIFY_ASSETS', assetId: id }]);
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
