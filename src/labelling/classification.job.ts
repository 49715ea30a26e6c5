import { countIn, readOutcome } from './classification-outcome.js';
import type { LabelChanges } from './label-changes.js';
import { portionSize, type Suggester } from './suggester.js';
import type { ScoredAsset } from './suggestions.js';
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
    private readonly suggester: Suggester,
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
    const limit = portionSize(vocabulary);
    const viewer = { libraryId: run.libraryId, role: 'VIEWER', keyId: run.requestedById } as const;
    const model = await this.models.find(run.modelId);
    const ids = await this.assets.idsAfter(viewer, filterOf(run.filter), run.doneUpTo, limit);
    const scored = await this.suggester.score(model, run, vocabulary, ids);
    return { ids, scored, isLast: ids.length < limit };
  }

  async #write(
    transaction: LibraryTransaction,
    run: Classification,
    vocabulary: Vocabulary,
    { ids, scored, isLast }: Portion,
  ): Promise<void> {
    const { id, libraryId, doneUpTo } = run;
    const locked = await transaction.$queryRaw<object[]>`
      SELECT FROM "classification" WHERE "id" = ${id}::uuid AND "state" = 'RUNNING'
        AND "done_up_to" IS NOT DISTINCT FROM ${doneUpTo}::uuid FOR UPDATE`;
    // Cancelled meanwhile, or another has written this portion.
    if (locked.length === 0) return;
    const current = await transaction.classification.findUniqueOrThrow({ where: { id } });
    let suggested = 0;
    if (!run.isDryRun) {
      const written = await this.suggester.write(transaction, run, vocabulary, scored);
      ({ suggested } = written);
      await this.changes.note(transaction, run, written.opinions);
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
}
