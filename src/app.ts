import { join } from 'node:path';
import type { Logger } from 'pino';
import { ApiKeys } from './access/api-keys.js';
import { Libraries } from './access/libraries.js';
import { isLoopback, SignIn } from './access/sign-in.js';
import type { Viewer } from './access/viewer.js';
import { createAssetEvents } from './assets/asset-events.js';
import { AssetIndex } from './assets/asset-index.js';
import { AssetJobs } from './assets/asset-jobs.js';
import { ASSET_PAYLOAD } from './assets/asset-payload.js';
import { AssetsService } from './assets/assets.service.js';
import { FileLinks } from './assets/file-links.js';
import { IngestService } from './assets/ingest.service.js';
import { UploadLeases } from './assets/upload-leases.js';
import type { BlobStore } from './blobstore/blobstore.js';
import { FilesystemBlobStore } from './blobstore/filesystem.js';
import type { Config } from './config.js';
import { openDataDir } from './data-dir.js';
import { openDatabase } from './database/database.js';
import { AfterimageError } from './errors.js';
import { listen } from './http/listen.js';
import { createHttpServer } from './http/server.js';
import { InferencePool } from './inference/inference-pool.js';
import { loadModel } from './inference/model-registry.js';
import { JobQueue } from './jobs/job-queue.js';
import { JobRunner } from './jobs/job-runner.js';
import { JobsService } from './jobs/jobs.service.js';
import { ClassEmbeddings } from './labelling/class-embeddings.js';
import { LabelsService } from './labelling/labels.service.js';
import { ZeroShotService } from './labelling/zero-shot.service.js';
import { Releasers } from './releasers.js';
import { createSchema, type Services } from './resolvers/schema.js';
import { QueryImages } from './search/query-image.js';
import { SearchService } from './search/search.service.js';
import { LanceDbVectorStore } from './vectorstore/lancedb.js';
import type { VectorStore } from './vectorstore/vectorstore.js';

// While one picture waits for an inference thread others are decoded and written.
const JOBS_PER_WORKER = 3;

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
 * Builds the whole library from its configuration and starts its workers; `listen` then opens it to clients.
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

async function openBlobStore({ s3 }: Config, dataDir: string): Promise<BlobStore> {
  if (!s3) return FilesystemBlobStore.open(join(dataDir, 'files'));
  // Only who has S3 pays for its client: 28 MB of memory.
  const { S3BlobStore } = await import('./blobstore/s3.js');
  return S3BlobStore.open({ ...s3, temporaryDir: join(dataDir, 'temporary') });
}

async function openVectorStore({ qdrant }: Config, dataDir: string): Promise<VectorStore> {
  if (!qdrant) return LanceDbVectorStore.open(join(dataDir, 'vectors'));
  const { QdrantVectorStore } = await import('./vectorstore/qdrant.js');
  return QdrantVectorStore.open(qdrant);
}

async function build(config: Config, log: Logger, releasers: Releasers): Promise<App> {
  const dataDir = releasers.add(await openDataDir(config.dataDir));
  const model = await loadModel(config.model, config.modelsDir);
  const encoder = releasers.add(new InferencePool(model, { workerCount: config.workerCount }));
  const encoderStart = encoder.start();
  // Awaited below: its threads load the model while this one opens the stores, which may fail before they have.
  encoderStart.catch(() => undefined);
  const blobs = releasers.add(await openBlobStore(config, dataDir.path));
  const database = releasers.add(
    await openDatabase(
      config.databaseUrl ? { url: config.databaseUrl } : { embeddedDir: join(dataDir.path, 'database') },
    ),
  );
  const { prisma } = database;
  const vectors = releasers.add(await openVectorStore(config, dataDir.path));
  const { id: modelId, dimension } = model.manifest;
  const collection = await vectors.openCollection({ name: `assets-${modelId}`, dimension, payload: ASSET_PAYLOAD });
  await encoderStart;

  const libraries = new Libraries(prisma);
  const libraryId = await libraries.ensureDefault();
  const keys = new ApiKeys(prisma);
  const isLocal = isLoopback(config.host);
  const hasKeys = await keys.isAny();
  if (!isLocal && !hasKeys)
    throw new AfterimageError(
      'KEYS_REQUIRED',
      `expected a key before serving on ${config.host}, received none: make one with "afterimage keys create"`,
    );

  const queue = new JobQueue(prisma, dataDir.instanceId);
  const index = new AssetIndex(prisma, collection);
  const events = createAssetEvents();
  const leases = releasers.add(new UploadLeases(prisma, blobs, dataDir.instanceId));
  const assets = new AssetsService(libraries, queue);
  const queryImages = new QueryImages(assets, index, encoder, config);
  const zeroShot = new ZeroShotService(encoder, new ClassEmbeddings(encoder), queryImages);
  const services: Services = {
    assets,
    ingest: new IngestService(libraries, leases, blobs, queue, config, log),
    links: new FileLinks(libraries),
    events,
    search: new SearchService(assets, index, encoder, queryImages),
    zeroShot,
    labels: new LabelsService(libraries, index, zeroShot, queue, modelId),
    jobs: new JobsService(libraries),
  };

  const handlers = new AssetJobs(prisma, blobs, encoder, index, events, config.maxPixels);
  const runner = releasers.add(
    new JobRunner(queue, handlers, config.workerCount * JOBS_PER_WORKER, log, async () => {
      await leases.sweep();
      await blobs.sweep();
    }),
  );
  await handlers.enqueueOutdated();
  await runner.start();

  const server = releasers.add(
    await createHttpServer({
      ...services,
      config,
      log,
      blobs,
      schema: await createSchema(services),
      signIn: new SignIn(keys, isLocal ? libraryId : undefined),
      probes: {
        database: () => database.ping(),
        vectors: () => vectors.ping(),
        files: () => blobs.ping(),
        model: () => encoder.start(),
      },
    }),
  );
  return {
    services,
    admin: { libraryId, role: 'ADMIN', keyId: null },
    isOpen: isLocal && !(await keys.wasAnyMade()),
    listen: () => listen(server, config),
    close: () => releasers.release(),
  };
}
