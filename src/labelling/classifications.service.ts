import { beginClassification } from './begin-classification.js';
import { keepLabelSet } from './label-locks.js';
import { checkPromptCount, checkProbability } from './label-rules.js';
import type { LabelHeads } from './learning/label-heads.js';
import type { LabelSetsService } from './label-sets.service.js';
import type { Libraries } from '../access/libraries.js';
import type { Viewer } from '../access/viewer.js';
import type { AssetFilter } from '../assets/asset-filter.js';
import type { AssetsService } from '../assets/assets.service.js';
import type { ServedModels } from '../assets/served-models.js';
import type { Classification } from '../database/generated/client.js';
import { AfterimageError, expected } from '../errors.js';
import type { SharedTopic } from '../events/topic.js';
import { isId } from '../id.js';
import type { JobQueue } from '../jobs/job-queue.js';
import { pageOfLatest } from '../page-of-latest.js';
import type { Edge, Page, PageRequest } from '../pagination.js';

export interface ClassifyAssetsRequest {
  readonly labelSetId: string;
  /** All outside the trash by default. */
  readonly filter?: AssetFilter | null;
  /** Least probability, 0 to 1, instead of those of the set and its labels. */
  readonly threshold?: number | null;
  /** Counts only, and suggests nothing. */
  readonly isDryRun: boolean;
}

/** Sets tried on whole libraries. */
export class ClassificationsService {
  constructor(
    private readonly libraries: Libraries,
    private readonly labelSets: LabelSetsService,
    private readonly assets: AssetsService,
    private readonly models: ServedModels,
    private readonly heads: LabelHeads,
    private readonly queue: JobQueue,
    private readonly progress: SharedTopic,
  ) {}

  /**
   * Begins to classify by the stored embeddings; no picture is read. The set is taken as it is now, with what it
   * has learned.
   * @throws INVALID_ARGUMENT, INVALID_FILTER, LABEL_SET_NOT_FOUND, LABEL_SET_EMPTY
   */
  async start(viewer: Viewer, request: ClassifyAssetsRequest): Promise<Classification> {
    const { libraryId, keyId: requestedById } = viewer;
    const { isDryRun, filter } = request;
    const threshold = request.threshold == null ? null : checkProbability(request.threshold, 'threshold');
    const set = await this.labelSets.getFilled(viewer, request.labelSetId);
    const total = await this.assets.count(viewer, filter);
    const model = await this.models.active();
    const { templates } = set.templates.length > 0 ? set : (await model.encoder()).manifest;
    checkPromptCount(set.labels, templates);
    const headId = await this.heads.activeId({ libraryId, labelSetId: set.id }, model.id);
    const run = await this.libraries.rows(libraryId).$transaction(async (transaction) => {
      await keepLabelSet(transaction, libraryId, set.id);
      return beginClassification(transaction, this.queue, set, {
        isDryRun,
        isAutomatic: false,
        filter: filter ?? {},
        threshold,
        modelId: model.id,
        headId,
        total,
        requestedById,
      });
    });
    this.queue.announce();
    return run;
  }

  /** What it has suggested by then stays. One that has ended is left as it is. @throws CLASSIFICATION_NOT_FOUND */
  async cancel(viewer: Viewer, id: string): Promise<Classification> {
    if (isId(id))
      await this.libraries.rows(viewer.libraryId).classification.updateMany({
        where: { id, state: 'RUNNING' },
        data: { state: 'CANCELLED', finishedAt: new Date() },
      });
    const run = await this.find(viewer, id);
    if (!run)
      throw new AfterimageError('CLASSIFICATION_NOT_FOUND', expected('a classification of the library', 'id', id));
    this.progress.publish(id, viewer.libraryId);
    return run;
  }

  async find({ libraryId }: Viewer, id: string): Promise<Classification | null> {
    return isId(id) ? this.libraries.rows(libraryId).classification.findUnique({ where: { id } }) : null;
  }

  /** The latest first. @throws INVALID_ARGUMENT, INVALID_CURSOR */
  async list({ libraryId }: Viewer, page: PageRequest): Promise<Page<Edge<Classification>>> {
    return pageOfLatest('classifications', page, (query) =>
      this.libraries.rows(libraryId).classification.findMany(query),
    );
  }
}
