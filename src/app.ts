import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { ApiKeys } from './access/api-keys.js';
import { Libraries } from './access/libraries.js';
import { isLoopback, SignIn } from './access/sign-in.js';
import type { Viewer } from './access/viewer.js';
import { createAssetEvents, onAssetProcessed } from './assets/asset-events.js';
import { AssetEmbeddings } from './assets/asset-embeddings.js';
import { AssetJobs } from './assets/asset-jobs.js';
import { AssetsService } from './assets/assets.service.js';
import { DeadJobsService } from './assets/dead-jobs.service.js';
import { FacetsService } from './assets/facets.service.js';
import { DuplicateRows } from './assets/duplicates/duplicate-rows.js';
import { DuplicatesService } from './assets/duplicates/duplicates.service.js';
import { FingerprintFeeder } from './assets/duplicates/fingerprint-feeder.js';
import { NearDuplicates } from './assets/duplicates/near-duplicates.js';
import { FileLinks } from './assets/file-links.js';
import { IngestService } from './assets/ingest.service.js';
import { ServedModels } from './assets/served-models.js';
import { UploadLeases } from './assets/upload-leases.js';
import { CollectionContents } from './collections/collection-contents.js';
import { CollectionsService } from './collections/collections.service.js';
import { QueryRunner } from './collections/query-runner.js';
import { SavedSearchesService } from './collections/saved-searches.service.js';
import type { Config } from './config.js';
import { AfterimageError } from './errors.js';
import { ExploringService } from './exploring/exploring.service.js';
import { findModel } from './find-model.js';
import { createHealthServer } from './http/health-server.js';
import { listen } from './http/listen.js';
import { createHttpServer } from './http/server.js';
import { InferencePool } from './inference/inference-pool.js';
import { chooseFiles } from './inference/model-files.js';
import { loadModel, type LoadedModel, type ModelPart } from './inference/model-registry.js';
import { Backlog } from './jobs/backlog.js';
import { JobQueue } from './jobs/job-queue.js';
import { JobsService } from './jobs/jobs.service.js';
import { AgreementService } from './labelling/agreement.service.js';
import { BulkAcceptanceService } from './labelling/bulk-acceptance.service.js';
import { ClassificationEvents } from './labelling/classification-events.js';
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
import { LearningWatch } from './labelling/learning/learning-watch.js';
import { LearningService } from './labelling/learning/learning.service.js';
import { TrainingQueue } from './labelling/learning/training-queue.js';
import { MergeLabelsService } from './labelling/merge-labels.service.js';
import { ReviewQueue } from './labelling/review-queue.js';
import { ReviewService } from './labelling/review.service.js';
import { SetLabelsService } from './labelling/set-labels.service.js';
import { ZeroShotService } from './labelling/zero-shot.service.js';
import { DuplicateMergesService } from './merging/duplicate-merges.service.js';
import { EmbeddingFeeder } from './model-change/embedding-feeder.js';
import { ModelChanges } from './model-change/model-changes.js';
import { createModelEvents } from './model-change/model-events.js';
import { ModelProgresses } from './model-change/model-progress.js';
import { ensureActive } from './model-change/model-rows.js';
import { ModelWatch } from './model-change/model-watch.js';
import { ModelsService } from './model-change/models.service.js';
import type { ProcessRole } from './process-config.js';
import { Releasers } from './releasers.js';
import { createSchema, type Services } from './resolvers/schema.js';
import { Backgrounds } from './search/backgrounds.js';
import { KeywordIndex } from './search/keyword-index.js';
import { QueryClues } from './search/query-clues.js';
import { QueryImages } from './search/query-image.js';
import { SearchPages } from './search/search-pages.js';
import { SearchService } from './search/search.service.js';
import { SlowSearches } from './search/slow-searches.js';
import { useTextLanguage } from './search/text-language.js';
import { openFolder, openNotices, openStores } from './stores.js';
import { WebhookDeliveriesService } from './webhooks/webhook-deliveries.service.js';
import { WebhooksService } from './webhooks/webhooks.service.js';
import { startWorkers } from './workers.js';

/** What each role needs at once; the rest of a model is loaded when it is first needed. */
const MODEL_PARTS: Readonly<Record<ProcessRole, readonly ModelPart[]>> = {
  all: ['image', 'text'],
  api: ['text'],
  worker: ['image'],
};

/** Of the time in which a process ends: what everything together has of it. */
const CLOSE_SHARE = 9 / 10;

export interface App {
  readonly services: Services;
  /** The admin of the default library, for what runs in this process. */
  readonly admin: Viewer;
  /** Whether everybody on this machine is let in without a key. */
  readonly isOpen: boolean;
  /** The model that answered when this process started, and whether it is that of the setting. */
  readonly model: { readonly id: string; readonly isAsSet: boolean };
  /** Starts to serve. @returns its address @throws ADDRESS_UNAVAILABLE */
  listen(): Promise<string>;
  /** Finishes what is running and releases everything, once, the last acquired first. */
  close(): Promise<void>;
}

/**
 * Builds what this process's role needs from its configuration and starts its workers; `listen` then opens it to clients,
 * or a worker's health to whoever checks it.
 * @throws DATA_DIR_UNUSABLE, DATA_DIR_IN_USE, DATABASE_FAILED, MIGRATION_FAILED, MODEL_NOT_FOUND, MODEL_DAMAGED,
 *   MODEL_INVALID, BLOB_STORE_FAILED, VECTOR_STORE_FAILED, VECTOR_COLLECTION_MISMATCH, KEYS_REQUIRED; whatever was opened
 *   by then is released
 */
export async function createApp(config: Config, log: Logger): Promise<App> {
  const releasers = new Releasers();
  try {
    return await build(config, log, releasers);
  } catch (error) {
    await releasers.release();
    throw error;
  }
}

/** By then jobs have been given back: a store that does not answer is not worth waiting for. */
async function withinTime(closing: Promise<void>, timeoutMs: number, log: Logger): Promise<void> {
  const isClosed = await Promise.race([closing.then(() => true), sleep(timeoutMs, false, { ref: false })]);
  if (!isClosed) log.warn('not everything could be closed in time');
}

async function build(config: Config, log: Logger, releasers: Releasers): Promise<App> {
  const dataDir = releasers.add(await openFolder(config));
  const configured = await chooseFiles(await loadModel(config.model, config.modelsDir), config, log);
  const { role, workerCount, leaseMs } = config;
  const { instanceId } = dataDir;
  const encoderOf = (model: LoadedModel) => new InferencePool(model, { workerCount, parts: MODEL_PARTS[role] });
  const configuredEncoder = releasers.add(encoderOf(configured));
  const encoderStart = configuredEncoder.start();
  // Awaited below: its threads load the model while this one opens the stores, which may fail before they have.
  encoderStart.catch(() => undefined);
  const { database, blobs, vectors } = await openStores(config, dataDir.path, releasers);
  const { prisma } = database;
  const notices = releasers.add(await openNotices(config, log));
  const active = await ensureActive(prisma, configured.manifest);
  const models = releasers.add(
    new ServedModels(prisma, vectors, async (id) =>
      encoderOf(await chooseFiles(await findModel(id, config), config, log)),
    ),
  );
  if (active.id === configured.manifest.id) models.adopt(configuredEncoder);
  else await configuredEncoder.close();
  await models.load(active.id);

  const libraries = new Libraries(prisma);
  const libraryId = await libraries.ensureDefault();
  const keys = new ApiKeys(prisma);
  const isLocal = isLoopback(config.host);
  if (role !== 'worker' && !isLocal && !(await keys.isAny()))
    throw new AfterimageError(
      'KEYS_REQUIRED',
      `expected a key before serving on ${config.host}, received none: make one with "afterimage keys create"`,
    );

  const queue = new JobQueue(prisma, instanceId, leaseMs, notices);
  const events = createAssetEvents(notices);
  const leases = releasers.add(await UploadLeases.open(prisma, blobs, instanceId, leaseMs));
  const assets = new AssetsService(libraries, queue);
  const queryImages = new QueryImages(assets, blobs, config);
  await useTextLanguage(prisma, config.searchLanguage);
  const keywords = new KeywordIndex(prisma, config.searchLanguage);
  const backgrounds = new Backgrounds(libraries);
  onAssetProcessed(notices, (id) => backgrounds.outdate(id));
  const changesOfLabels = new LabelChanges(queue);
  const labelRefresh = new LabelRefresh(libraries, changesOfLabels, queue);
  const labelDeletion = new LabelDeletion(libraries, changesOfLabels, queue);
  const labelSets = new LabelSetsService(libraries, changesOfLabels, labelDeletion);
  const scorers = new LabelScorers();
  const heads = new LabelHeads(libraries);
  const setScorers = new LabelSetScorers(scorers, heads);
  const trainings = new TrainingQueue<HeadVersion>();
  const learning = new LearningService(libraries, labelSets, models, scorers, heads, trainings);
  const classificationEvents = new ClassificationEvents(notices);
  const zeroShot = new ZeroShotService(models, queryImages, labelSets, scorers, setScorers);
  const changes = new ModelChanges(prisma, models, vectors, notices);
  const progresses = new ModelProgresses(prisma, libraries);
  const modelEvents = createModelEvents();
  const duplicateRows = new DuplicateRows(prisma);
  const search = new SearchService(
    assets,
    models,
    queryImages,
    new QueryClues(queryImages),
    keywords,
    new SearchPages(assets, duplicateRows),
    backgrounds,
    new SlowSearches(log, config.slowSearchMs),
  );
  const queries = new QueryRunner(assets, search);
  const services: Services = {
    assets,
    ingest: new IngestService(
      prisma,
      libraries,
      leases,
      blobs,
      queue,
      new Backlog(prisma, config.maxBacklog),
      config,
      log,
    ),
    facets: new FacetsService(libraries),
    links: new FileLinks(libraries),
    events,
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
    classifications: new ClassificationsService(libraries, labelSets, assets, models, queue, classificationEvents),
    classificationEvents,
    reviewQueue: new ReviewQueue(libraries, labelSets),
    review: new ReviewService(libraries, changesOfLabels),
    bulkAcceptance: new BulkAcceptanceService(libraries, labelSets, changesOfLabels),
    labelHistory: new LabelHistoryService(libraries, changesOfLabels),
    learning,
    agreement: new AgreementService(libraries, labelSets),
    jobs: new JobsService(libraries),
    deadJobs: new DeadJobsService(libraries, queue),
    models: new ModelsService(changes, progresses),
    modelEvents,
    webhooks: new WebhooksService(libraries, notices),
    webhookDeliveries: new WebhookDeliveriesService(libraries, notices),
  };

  const watch = releasers.add(
    new ModelWatch(prisma, models, new EmbeddingFeeder(prisma, queue), changes, progresses, log, {
      isWorker: role !== 'api',
      onChanged: (model) => modelEvents.publish('modelChange', model),
    }),
  );
  watch.start(notices);
  const embeddings = new AssetEmbeddings(prisma);
  const nearDuplicates = new NearDuplicates(prisma);
  const fingerprints = new FingerprintFeeder(prisma, queue);
  const { PROCESS_ASSET, EMBED_ASSET, SYNC_VECTOR, PURGE_ASSET } = new AssetJobs(
    prisma,
    blobs,
    leases,
    models,
    embeddings,
    nearDuplicates,
    events,
    config.maxPixels,
  );
  const handlers = {
    PROCESS_ASSET,
    EMBED_ASSET,
    SYNC_VECTOR,
    PURGE_ASSET,
    CLASSIFY_ASSETS: new ClassificationJob(
      libraries,
      assets,
      models,
      setScorers,
      changesOfLabels,
      queue,
      classificationEvents,
    ),
    REFRESH_LABEL: labelRefresh,
    DELETE_LABELS: labelDeletion,
  };
  const parts = { queue, handlers, leases, fingerprints, instanceId, watch, notices };
  const workers = role === 'api' ? undefined : await startWorkers(config, log, { database, blobs }, parts, releasers);

  if (role !== 'api') releasers.add(new LearningWatch(prisma, learning, log)).start();
  releasers.add(trainings);

  const probes = {
    database: () => database.ping(),
    vectors: () => vectors.ping(),
    files: () => blobs.ping(),
    model: async () => (await (await models.active()).encoder()).start(),
  };
  const signIn = new SignIn(keys, isLocal ? libraryId : undefined);
  const server = releasers.add(
    role === 'worker'
      ? createHealthServer(config, log, probes)
      : await createHttpServer({
          ...services,
          config,
          log,
          blobs,
          schema: await createSchema(services),
          signIn,
          probes,
        }),
  );
  return {
    services,
    admin: { libraryId, role: 'ADMIN', keyId: null },
    model: { id: active.id, isAsSet: active.id === configured.manifest.id },
    isOpen: isLocal && !(await keys.wasAnyMade()),
    listen: async () => {
      const url = await listen(server, config);
      if (role !== 'worker') backgrounds.prepare(models);
      return url;
    },
    close: async () => {
      // Before the requests that are under way have ended: they may take their time.
      workers?.stop();
      trainings.stop();
      await withinTime(releasers.release(), config.stopTimeoutMs * CLOSE_SHARE, log);
    },
  };
}
