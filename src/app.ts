import './heap-growth.js';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { Registry } from 'prom-client';
import { ApiKeys } from './access/api-keys.js';
import { Libraries } from './access/libraries.js';
import { isLocal, SignIn } from './access/sign-in.js';
import type { Viewer } from './access/viewer.js';
import { FingerprintFeeder } from './assets/duplicates/fingerprint-feeder.js';
import { ServedModels } from './assets/served-models.js';
import { UploadLeases } from './assets/upload-leases.js';
import { embeddedParts, type Config } from './config.js';
import { foldsCase, MOVING } from './database/text-support.js';
import { AfterimageError } from './errors.js';
import { configuredId, findModel } from './find-model.js';
import { createHealthServer } from './http/health-server.js';
import { listen } from './http/listen.js';
import { createHttpServer } from './http/server.js';
import { InferencePool } from './inference/inference-pool.js';
import { chooseFiles } from './inference/model-files.js';
import type { LoadedModel, ModelPart } from './inference/model-registry.js';
import { JobQueue } from './jobs/job-queue.js';
import { LearningWatch } from './labelling/learning/learning-watch.js';
import { loadActive } from './load-active.js';
import { InstallationMetrics } from './metrics/installation-metrics.js';
import { Metrics } from './metrics/metrics.js';
import { WorkMetrics } from './metrics/work-metrics.js';
import { EmbeddingFeeder } from './model-change/embedding-feeder.js';
import { ModelWatch } from './model-change/model-watch.js';
import { SHARED_PARTS, type ProcessRole } from './process-config.js';
import { Readiness } from './readiness.js';
import { Releasers } from './releasers.js';
import { createSchema, type Services } from './resolvers/schema.js';
import { useTextLanguage } from './search/text-language.js';
import { ServedEncoder, withoutFolders } from './served-encoder.js';
import { createServices } from './services.js';
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
  /** The admin of a library, likewise. @throws INVALID_ARGUMENT where there is no such library */
  adminOf(library: string): Promise<Viewer>;
  /** The folder that this process alone holds. */
  readonly folder: string;
  /** Whether everybody on this machine is let in without a key. */
  readonly isOpen: boolean;
  /** The model that answered when this process started, and whether it is that of the setting. */
  readonly model: { readonly id: string; readonly isAsSet: boolean };
  /** Starts to serve. @returns its address @throws KEYS_REQUIRED, ADDRESS_UNAVAILABLE */
  listen(): Promise<string>;
  /** Finishes what is running and releases everything, once, the last acquired first. */
  close(): Promise<void>;
}

export interface AppOptions {
  /** Whether the model that answers has to work, as for all but changing it to another one. True by default. */
  readonly isModelNeeded?: boolean;
}

/**
 * Builds what this process's role needs from its configuration and starts its workers; `listen` then opens it to clients,
 * or a worker's health to whoever checks it.
 * @throws DATA_DIR_UNUSABLE, DATA_DIR_IN_USE, DATA_DIR_MISMATCH, DATABASE_FAILED, DATABASE_UNUSABLE, MIGRATION_FAILED,
 *   MODEL_NOT_FOUND, MODEL_DAMAGED, MODEL_INVALID, BLOB_STORE_FAILED, VECTOR_STORE_FAILED, VECTOR_COLLECTION_MISMATCH; whatever was opened by
 *   then is released
 */
export async function createApp(config: Config, log: Logger, options: AppOptions = {}): Promise<App> {
  const releasers = new Releasers();
  try {
    return await build(config, log, releasers, options);
  } catch (error) {
    await releasers.release();
    throw error;
  }
}

/** @throws KEYS_REQUIRED */
async function requireKey(keys: ApiKeys, { host, publicUrl }: Config): Promise<void> {
  if (await keys.isAny()) return;
  const place = publicUrl === undefined ? host : `${host} as ${publicUrl}`;
  const message = `expected a key before serving on ${place}, received none: make one with "afterimage keys create"`;
  throw new AfterimageError('KEYS_REQUIRED', message);
}

/** By then jobs have been given back: a store that does not answer is not worth waiting for. */
async function withinTime(closing: Promise<void>, timeoutMs: number, log: Logger): Promise<void> {
  const isClosed = await Promise.race([closing.then(() => true), sleep(timeoutMs, false, { ref: false })]);
  if (!isClosed) log.warn('not everything could be closed in time');
}

async function build(
  config: Config,
  log: Logger,
  releasers: Releasers,
  { isModelNeeded = true }: AppOptions,
): Promise<App> {
  const dataDir = releasers.add(await openFolder(config));
  const { role, workerCount, leaseMs } = config;
  const { instanceId } = dataDir;
  const { database, blobs, vectors } = await openStores(config, dataDir, releasers);
  const { prisma } = database;
  if (!(await foldsCase(prisma))) log.warn(MOVING);
  const notices = releasers.add(await openNotices(config, database, log));
  const registry = new Registry();
  const meter = new WorkMetrics(registry);
  const onEncoded = meter.encoded.bind(meter);
  const encoderOf = (model: LoadedModel) =>
    new InferencePool(model, { workerCount, parts: MODEL_PARTS[role], onEncoded });
  const models = releasers.add(
    new ServedModels(prisma, vectors, (id) =>
      withoutFolders(config, async () => {
        const model = await chooseFiles(await findModel(id, config), config, log);
        return new ServedEncoder(encoderOf(model), config);
      }),
    ),
  );
  const active = await loadActive(prisma, models, config, isModelNeeded);

  const libraries = new Libraries(prisma);
  const libraryId = await libraries.ensureDefault();
  const keys = new ApiKeys(prisma);

  const queue = new JobQueue(prisma, instanceId, leaseMs, notices);
  const leases = releasers.add(await UploadLeases.open(prisma, blobs, instanceId, leaseMs));
  await useTextLanguage(prisma, config.searchLanguage);
  const { services, handlers, backgrounds, learning, automaticClassifications, trainings, changes, progresses } =
    createServices({
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
    });

  const watch = releasers.add(
    new ModelWatch(prisma, models, new EmbeddingFeeder(prisma, queue), changes, progresses, log, {
      isWorker: role !== 'api',
      onChanged: (model) => services.topics.modelChange.publish(model),
    }),
  );
  watch.start(notices);
  const fingerprints = new FingerprintFeeder(prisma, queue);
  const parts = { queue, handlers, leases, fingerprints, dataDir, watch, notices, meter };
  const workers = role === 'api' ? undefined : await startWorkers(config, log, { database, blobs }, parts, releasers);

  if (role !== 'api') releasers.add(new LearningWatch(prisma, learning, automaticClassifications, log)).start();
  releasers.add(trainings);

  const stores = {
    database: () => database.ping(),
    vectors: () => vectors.ping(),
    files: () => blobs.ping(),
  };
  const model = async () => (await (await models.active()).encoder()).start();
  const readiness = releasers.add(new Readiness(stores, { model }, log));
  const metrics = new Metrics(registry, new InstallationMetrics(registry, prisma, readiness, log));
  const signIn = new SignIn(keys, isLocal(config) ? libraryId : undefined);
  // A worker may serve without one: nothing but its health is open to everybody.
  const needsKey = role !== 'worker' && !isLocal(config);
  const server = releasers.add(
    role === 'worker'
      ? createHealthServer({ config, log, readiness, signIn, metrics })
      : await createHttpServer({
          ...services,
          config,
          log,
          blobs,
          schema: await createSchema(services),
          signIn,
          readiness,
          meter,
          metrics,
        }),
  );
  let isListening = false;
  const toAdmin = (id: string): Viewer => ({ libraryId: id, role: 'ADMIN', keyId: null });
  return {
    services,
    admin: toAdmin(libraryId),
    adminOf: async (library) => toAdmin(await libraries.idOf(library)),
    folder: dataDir.path,
    model: { id: active.id, isAsSet: active.id === (await configuredId(config)) },
    isOpen: !needsKey && !(await keys.wasAnyMade()),
    listen: async () => {
      if (needsKey) await requireKey(keys, config);
      // A worker has no clients but those that ask for its health.
      const url = await listen(server, role === 'worker' ? { ...config, publicUrl: undefined } : config);
      if (role !== 'worker') backgrounds.prepare(models);
      // What is embedded goes away with the process.
      if (embeddedParts(config).length < Object.keys(SHARED_PARTS).length) readiness.watch();
      isListening = true;
      return url;
    },
    close: async () => {
      // Before the requests that are under way have ended: they may take their time.
      workers?.stop();
      trainings.stop();
      readiness.stop();
      if (isListening && role !== 'worker') await sleep(config.stopDelayMs);
      await withinTime(releasers.release(), config.stopTimeoutMs * CLOSE_SHARE, log);
    },
  };
}
