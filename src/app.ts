import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { ApiKeys } from './access/api-keys.js';
import { Libraries } from './access/libraries.js';
import { isLoopback, SignIn } from './access/sign-in.js';
import type { Viewer } from './access/viewer.js';
import { createAssetEvents } from './assets/asset-events.js';
import { AssetIndex } from './assets/asset-index.js';
import { AssetJobs } from './assets/asset-jobs.js';
import { AssetsService } from './assets/assets.service.js';
import { DeadJobsService } from './assets/dead-jobs.service.js';
import { FileLinks } from './assets/file-links.js';
import { IngestService } from './assets/ingest.service.js';
import { UploadLeases } from './assets/upload-leases.js';
import type { Config } from './config.js';
import { AfterimageError } from './errors.js';
import { createHealthServer } from './http/health-server.js';
import { listen } from './http/listen.js';
import { createHttpServer } from './http/server.js';
import { InferencePool } from './inference/inference-pool.js';
import { loadModel, type ModelPart } from './inference/model-registry.js';
import { Backlog } from './jobs/backlog.js';
import { JobQueue } from './jobs/job-queue.js';
import { JobsService } from './jobs/jobs.service.js';
import { ClassEmbeddings } from './labelling/class-embeddings.js';
import { LabelsService } from './labelling/labels.service.js';
import { ZeroShotService } from './labelling/zero-shot.service.js';
import type { ProcessRole } from './process-config.js';
import { Releasers } from './releasers.js';
import { createSchema, type Services } from './resolvers/schema.js';
import { KeywordIndex } from './search/keyword-index.js';
import { QueryClues } from './search/query-clues.js';
import { QueryImages } from './search/query-image.js';
import { SearchPages } from './search/search-pages.js';
import { SearchService } from './search/search.service.js';
import { useTextLanguage } from './search/text-language.js';
import { openFolder, openNotices, openStores } from './stores.js';
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
  const model = await loadModel(config.model, config.modelsDir);
  const { role, workerCount, leaseMs } = config;
  const { instanceId } = dataDir;
  const encoder = releasers.add(new InferencePool(model, { workerCount, parts: MODEL_PARTS[role] }));
  const encoderStart = encoder.start();
  // Awaited below: its threads load the model while this one opens the stores, which may fail before they have.
  encoderStart.catch(() => undefined);
  const { database, blobs, vectors, collection } = await openStores(config, dataDir.path, model.manifest, releasers);
  const { prisma } = database;
  const notices = releasers.add(await openNotices(config, log));
  await encoderStart;

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
  const index = new AssetIndex(prisma, collection);
  const events = createAssetEvents(notices);
  const leases = releasers.add(await UploadLeases.open(prisma, blobs, instanceId, leaseMs));
  const assets = new AssetsService(libraries, queue);
  const queryImages = new QueryImages(assets, index, encoder, config);
  await useTextLanguage(prisma, config.searchLanguage);
  const clues = new QueryClues(encoder, queryImages);
  const keywords = new KeywordIndex(prisma, config.searchLanguage);
  const zeroShot = new ZeroShotService(encoder, new ClassEmbeddings(encoder), queryImages);
  const services: Services = {
    assets,
    ingest: new IngestService(libraries, leases, blobs, queue, new Backlog(prisma, config.maxBacklog), config, log),
    links: new FileLinks(libraries),
    events,
    search: new SearchService(assets, index, encoder, queryImages, clues, keywords, new SearchPages(assets)),
    zeroShot,
    labels: new LabelsService(libraries, index, zeroShot, queue, model.manifest.id),
    jobs: new JobsService(libraries),
    deadJobs: new DeadJobsService(libraries, queue),
  };

  const handlers = new AssetJobs(prisma, blobs, leases, encoder, index, events, config.maxPixels);
  const runner =
    role === 'api'
      ? undefined
      : await startWorkers(config, log, { database, blobs }, { queue, handlers, leases, instanceId }, releasers);

  const probes = {
    database: () => database.ping(),
    vectors: () => vectors.ping(),
    files: () => blobs.ping(),
    model: () => encoder.start(),
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
    isOpen: isLocal && !(await keys.wasAnyMade()),
    listen: () => listen(server, config),
    close: async () => {
      // Before the requests that are under way have ended: they may take their time.
      runner?.stop();
      await withinTime(releasers.release(), config.stopTimeoutMs * CLOSE_SHARE, log);
    },
  };
}
