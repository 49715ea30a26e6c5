import type { Logger } from 'pino';
import type { ApiKeys } from './access/api-keys.js';
import type { Libraries } from './access/libraries.js';
import { AssetEmbeddings } from './assets/asset-embeddings.js';
import { AssetJobs } from './assets/asset-jobs.js';
import { AssetsService } from './assets/assets.service.js';
import { ChangedAssets } from './assets/changed-assets.js';
import { DeadJobsService } from './assets/dead-jobs.service.js';
import { DuplicateRows } from './assets/duplicates/duplicate-rows.js';
import { DuplicatesService } from './assets/duplicates/duplicates.service.js';
import { NearDuplicates } from './assets/duplicates/near-duplicates.js';
import { FacetsService } from './assets/facets.service.js';
import { FileLinks } from './assets/file-links.js';
import { IngestService } from './assets/ingest.service.js';
import { LostOriginals } from './assets/lost-originals.js';
import type { ServedModels } from './assets/served-models.js';
import { TagRenaming } from './assets/tag-renaming.job.js';
import type { UploadLeases } from './assets/upload-leases.js';
import type { BlobStore } from './blobstore/blobstore.js';
import { CollectionContents } from './collections/collection-contents.js';
import { CollectionsService } from './collections/collections.service.js';
import { QueryRunner } from './collections/query-runner.js';
import { SavedSearchesService } from './collections/saved-searches.service.js';
import type { Config } from './config.js';
import type { PrismaClient } from './database/database.js';
import type { Notices } from './database/notices.js';
import { createTopics } from './events/topics.js';
import { ExploringService } from './exploring/exploring.service.js';
import { Backlog } from './jobs/backlog.js';
import type { JobHandlers } from './jobs/job-outcomes.js';
import type { JobQueue } from './jobs/job-queue.js';
import { JobsService } from './jobs/jobs.service.js';
import { AgreementService } from './labelling/agreement.service.js';
import { AutomaticClassifications } from './labelling/automatic-classifications.js';
import { AutomaticSuggestions } from './labelling/automatic-suggestions.job.js';
import { BulkAcceptanceService } from './labelling/bulk-acceptance.service.js';
import { ClassificationJob } from './labelling/classification.job.js';
import { ClassificationsService } from './labelling/classifications.service.js';
import { LabelChanges } from './labelling/label-changes.js';
import { LabelDeletion } from './labelling/label-deletion.job.js';
import { LabelHistoryService } from './labelling/label-history.service.js';
import { LabelRefresh } from './labelling/label-refresh.job.js';
import { LabelScorers } from './labelling/label-scorers.js';
import { LabelSetsService } from './labelling/label-sets.service.js';
import { LabelsService } from './labelling/labels.service.js';
import { LabelHeads, type HeadVersion } from './labelling/learning/label-heads.js';
import { LabelSetScorers } from './labelling/learning/label-set-scorers.js';
import { LearningService } from './labelling/learning/learning.service.js';
import { TrainingQueue } from './labelling/learning/training-queue.js';
import { MergeLabelsService } from './labelling/merge-labels.service.js';
import { ReviewQueue } from './labelling/review-queue.js';
import { ReviewService } from './labelling/review.service.js';
import { SetLabelsService } from './labelling/set-labels.service.js';
import { Suggester } from './labelling/suggester.js';
import { ZeroShotService } from './labelling/zero-shot.service.js';
import { DuplicateMergesService } from './merging/duplicate-merges.service.js';
import type { WorkMeter } from './metrics/work-meter.js';
import { ModelChanges } from './model-change/model-changes.js';
import { ModelProgresses } from './model-change/model-progress.js';
import { ModelsService } from './model-change/models.service.js';
import type { Services } from './resolvers/schema.js';
import { Backgrounds } from './search/backgrounds.js';
import { KeywordIndex } from './search/keyword-index.js';
import { QueryClues } from './search/query-clues.js';
import { QueryImages } from './search/query-image.js';
import { SearchPages } from './search/search-pages.js';
import { SearchService } from './search/search.service.js';
import { SlowSearches } from './search/slow-searches.js';
import { TextSearches } from './search/text-search.js';
import type { VectorStore } from './vectorstore/vectorstore.js';
import { WebhookDeliveriesService } from './webhooks/webhook-deliveries.service.js';
import { WebhooksService } from './webhooks/webhooks.service.js';

/** What services are made of. */
export interface ServiceParts {
  readonly config: Config;
  readonly log: Logger;
  readonly prisma: PrismaClient;
  readonly blobs: BlobStore;
  readonly vectors: VectorStore;
  readonly notices: Notices;
  readonly keys: ApiKeys;
  readonly libraries: Libraries;
  readonly models: ServedModels;
  readonly queue: JobQueue;
  readonly leases: UploadLeases;
  readonly meter: WorkMeter;
}

/** The services, the handlers of jobs, and what a process starts and stops beside them. Opens nothing. */
export function createServices({
  config,
  log,
  prisma,
  blobs,
  vectors,
  notices,
  keys,
  libraries,
  models,
  queue,
  leases,
  meter,
}: ServiceParts) {
  const topics = createTopics(notices);
  const assets = new AssetsService(libraries, queue, log);
  const tagRenaming = new TagRenaming(libraries, queue);
  const queryImages = new QueryImages(assets, blobs, config);
  const keywords = new KeywordIndex(prisma, config.searchLanguage);
  const backgrounds = new Backgrounds(libraries);
  topics.assetProcessed.listen((_id, libraryId) => backgrounds.outdate(libraryId!));
  const changesOfLabels = new LabelChanges(queue);
  const labelRefresh = new LabelRefresh(libraries, changesOfLabels, queue);
  const labelDeletion = new LabelDeletion(libraries, changesOfLabels, queue);
  const labelSets = new LabelSetsService(libraries, changesOfLabels, labelDeletion);
  const scorers = new LabelScorers();
  const heads = new LabelHeads(libraries);
  const setScorers = new LabelSetScorers(scorers, heads);
  const suggester = new Suggester(setScorers, changesOfLabels);
  const trainings = new TrainingQueue<HeadVersion>();
  const learning = new LearningService(libraries, labelSets, models, scorers, heads, trainings);
  const automaticClassifications = new AutomaticClassifications(prisma, libraries, assets, models, queue);
  const zeroShot = new ZeroShotService(models, queryImages, labelSets, scorers, setScorers);
  const changes = new ModelChanges(prisma, models, vectors, notices);
  const progresses = new ModelProgresses(prisma, libraries);
  const duplicateRows = new DuplicateRows(prisma);
  const clues = new QueryClues(queryImages);
  const search = new SearchService(
    libraries,
    models,
    new TextSearches(libraries, models, clues, keywords, backgrounds),
    queryImages,
    clues,
    new SearchPages(duplicateRows),
    new SlowSearches(log, config.slowSearchMs),
    meter,
  );
  const queries = new QueryRunner(assets, search);
  const services: Services = {
    keys,
    libraries,
    uploadLimits: config,
    assets,
    changedAssets: new ChangedAssets(assets),
    ingest: new IngestService(
      prisma,
      libraries,
      leases,
      blobs,
      queue,
      new Backlog(prisma, config.maxBacklog),
      new LostOriginals(assets, leases, blobs),
      config,
      log,
      meter,
    ),
    tags: tagRenaming,
    facets: new FacetsService(libraries),
    links: new FileLinks(libraries),
    topics,
    search,
    zeroShot,
    exploring: new ExploringService(prisma, assets, models, scorers),
    collections: new CollectionsService(libraries, queries),
    contents: new CollectionContents(prisma, assets, queries),
    savedSearches: new SavedSearchesService(libraries, queries, search),
    duplicates: new DuplicatesService(libraries, duplicateRows, assets),
    duplicateMerges: new DuplicateMergesService(libraries, changesOfLabels, queue),
    labels: new LabelsService(libraries, models, zeroShot, changesOfLabels),
    labelSets,
    setLabels: new SetLabelsService(libraries, changesOfLabels, labelRefresh, labelDeletion),
    mergeLabels: new MergeLabelsService(libraries, changesOfLabels, labelRefresh),
    classifications: new ClassificationsService(
      libraries,
      labelSets,
      assets,
      models,
      heads,
      queue,
      topics.classificationProgress,
    ),
    reviewQueue: new ReviewQueue(libraries, labelSets),
    review: new ReviewService(libraries, changesOfLabels),
    bulkAcceptance: new BulkAcceptanceService(libraries, labelSets, changesOfLabels),
    labelHistory: new LabelHistoryService(libraries, changesOfLabels),
    learning,
    agreement: new AgreementService(libraries, labelSets),
    jobs: new JobsService(libraries),
    deadJobs: new DeadJobsService(libraries, queue),
    models: new ModelsService(changes, progresses),
    webhooks: new WebhooksService(libraries, notices),
    webhookDeliveries: new WebhookDeliveriesService(libraries, notices),
  };

  const embeddings = new AssetEmbeddings(prisma);
  const nearDuplicates = new NearDuplicates(prisma);
  const { PROCESS_ASSET, EMBED_ASSET, SYNC_VECTOR, PURGE_ASSET } = new AssetJobs(
    prisma,
    blobs,
    leases,
    models,
    embeddings,
    nearDuplicates,
    topics.assetProcessed,
    config.maxPixels,
    log,
  );
  const handlers: JobHandlers = {
    PROCESS_ASSET,
    EMBED_ASSET,
    SYNC_VECTOR,
    PURGE_ASSET,
    CLASSIFY_ASSETS: new ClassificationJob(
      libraries,
      assets,
      models,
      suggester,
      changesOfLabels,
      queue,
      topics.classificationProgress,
    ),
    REFRESH_LABEL: labelRefresh,
    DELETE_LABELS: labelDeletion,
    RENAME_TAG: tagRenaming,
    SUGGEST_LABELS: new AutomaticSuggestions(libraries, labelSets, models, heads, suggester, changesOfLabels, queue),
  };
  return { services, handlers, backgrounds, learning, automaticClassifications, trainings, changes, progresses };
}
