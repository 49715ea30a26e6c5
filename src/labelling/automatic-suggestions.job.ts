import { randomUUID } from 'node:crypto';
import type { LabelChanges } from './label-changes.js';
import type { LabelSetsService } from './label-sets.service.js';
import type { LabelHeads } from './learning/label-heads.js';
import { portionSize, type Suggester } from './suggester.js';
import { vocabularyOf } from './vocabulary.js';
import type { Libraries } from '../access/libraries.js';
import type { ServedModels } from '../assets/served-models.js';
import type { JobHandler } from '../jobs/job-outcomes.js';
import type { JobQueue, RunningJob } from '../jobs/job-queue.js';

/**
 * Suggests the labels of an automatic set for a portion of what has become READY, and enqueues the job for the next in the
 * transaction that writes the portion.
 */
export class AutomaticSuggestions implements JobHandler {
  constructor(
    private readonly libraries: Libraries,
    private readonly labelSets: LabelSetsService,
    private readonly models: ServedModels,
    private readonly heads: LabelHeads,
    private readonly suggester: Suggester,
    private readonly changes: LabelChanges,
    private readonly queue: JobQueue,
  ) {}

  /** The job is about a label set instead of an asset. */
  async run({ assetId: labelSetId, libraryId }: Pick<RunningJob, 'assetId' | 'libraryId'>): Promise<void> {
    const rows = this.libraries.rows(libraryId);
    const set = await this.labelSets.find({ libraryId }, labelSetId);
    if (!set?.isAutomatic || set.labels.length === 0) {
      await rows.unsuggestedAsset.deleteMany({ where: { labelSetId } });
      return;
    }
    const vocabulary = vocabularyOf(set, null);
    const take = portionSize(vocabulary);
    const portion = await rows.unsuggestedAsset.findMany({
      // What is processed again has a job when it is done.
      where: { labelSetId, asset: { state: 'READY' } },
      include: { asset: { select: { trashedAt: true } } },
      orderBy: { assetId: 'asc' },
      take,
    });
    // As `classifyAssets` does by default: what is in the trash is left alone.
    const wanted = portion.flatMap(({ assetId, asset }) => (asset.trashedAt === null ? assetId : []));
    const model = await this.models.active();
    const headId = await this.heads.activeId({ libraryId, labelSetId }, model.id);
    const made = { isAutomatic: true, requestedById: null };
    const by = { id: randomUUID(), libraryId, labelSetId, modelId: model.id, headId, ...made };
    const scored = await this.suggester.score(model, by, vocabulary, wanted);
    await rows.$transaction(async (transaction) => {
      await this.suggester.write(transaction, by, vocabulary, scored);
      const done = portion.map(({ assetId }) => assetId);
      await transaction.unsuggestedAsset.deleteMany({ where: { labelSetId, assetId: { in: done } } });
      if (portion.length === take)
        await this.queue.enqueue(transaction, [{ libraryId, kind: 'SUGGEST_LABELS', assetId: labelSetId }]);
    });
    this.changes.announce();
  }
}
