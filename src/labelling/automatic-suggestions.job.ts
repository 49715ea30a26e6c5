import { randomUUID } from 'node:crypto';
import type { LabelSetsService, LabelSetWithLabels } from './label-sets.service.js';
import type { LabelHeads } from './learning/label-heads.js';
import type { Suggester } from './suggester.js';
import { vocabularyOf } from './vocabulary.js';
import type { Libraries } from '../access/libraries.js';
import type { ServedModel, ServedModels } from '../assets/served-models.js';
import { groupBy } from '../group-by.js';
import type { JobHandler } from '../jobs/job-outcomes.js';
import type { RunningJob } from '../jobs/job-queue.js';
import { Together } from '../jobs/together.js';

/** As many of a library are hardly more work than one. */
const MOST = 100;

type NewAsset = Pick<RunningJob, 'assetId' | 'libraryId'>;

/** Suggests the labels of automatic sets for assets that have become READY. */
export class AutomaticSuggestions implements JobHandler {
  readonly #together = new Together<NewAsset, void>(
    async (assets) => {
      for (const [libraryId, group] of groupBy(assets, (each) => each.libraryId))
        await this.#suggest(
          libraryId,
          group.map(({ assetId }) => assetId),
        );
      return [];
    },
    { most: MOST },
  );

  constructor(
    private readonly libraries: Libraries,
    private readonly labelSets: LabelSetsService,
    private readonly models: ServedModels,
    private readonly heads: LabelHeads,
    private readonly suggester: Suggester,
  ) {}

  run({ assetId, libraryId }: NewAsset): Promise<void> {
    return this.#together.do({ assetId, libraryId });
  }

  async #suggest(libraryId: string, assetIds: readonly string[]): Promise<void> {
    const sets = await this.labelSets.automatic({ libraryId });
    if (sets.length === 0) return;
    // As `classifyAssets` does by default: what is in the trash is left alone.
    const found = await this.libraries.rows(libraryId).asset.findMany({
      where: { id: { in: [...assetIds] }, state: 'READY', trashedAt: null },
      select: { id: true },
    });
    const ids = found.map(({ id }) => id);
    const model = await this.models.active();
    const failures: unknown[] = [];
    // A set that cannot be asked does not keep the others from it.
    for (const set of sets) await this.#suggestOf(set, model, ids).catch((error: unknown) => failures.push(error));
    if (failures.length > 0) throw failures[0];
  }

  async #suggestOf(set: LabelSetWithLabels, model: ServedModel, assetIds: readonly string[]): Promise<void> {
    const { id: labelSetId, libraryId } = set;
    const headId = await this.heads.activeId({ libraryId, labelSetId }, model.id);
    const by = { id: randomUUID(), libraryId, labelSetId, modelId: model.id, headId, requestedById: null };
    const vocabulary = vocabularyOf(set, null);
    const scored = await this.suggester.score(model, by, vocabulary, assetIds);
    if (scored.length === 0) return;
    await this.libraries
      .rows(libraryId)
      .$transaction((transaction) => this.suggester.write(transaction, by, vocabulary, scored));
    this.suggester.announce();
  }
}
