import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { Libraries } from '#dist/access/libraries.js';
import { ServedModels, type OpenEncoder } from '#dist/assets/served-models.js';
import { openDatabase, type Database } from '#dist/database/database.js';
import { LocalNotices } from '#dist/database/notices.js';
import { AfterimageError } from '#dist/errors.js';
import { JobQueue } from '#dist/jobs/job-queue.js';
import { EmbeddingFeeder } from '#dist/model-change/embedding-feeder.js';
import { MODELS_TOPIC, ModelChanges } from '#dist/model-change/model-changes.js';
import { ModelProgresses, type ModelProgress } from '#dist/model-change/model-progress.js';
import { ModelWatch } from '#dist/model-change/model-watch.js';
import type { VectorStore } from '#dist/vectorstore/vectorstore.js';
import { emptyEmbeddedDatabase } from '../support/databases.js';
import { insertAsset } from '../support/rows.js';

// What this process cannot load is embedded by others: the store is not reached.
const vectors = {} as VectorStore;
const log = pino({ level: 'silent' });
const missing = () => Promise.reject(new AfterimageError('MODEL_NOT_FOUND', 'expected the files, received none'));
const told = { timeout: 15_000, interval: 20 };

const location = emptyEmbeddedDatabase();
let database: Database;
let libraryId: string;
beforeAll(async () => {
  database = await openDatabase(location);
  libraryId = await new Libraries(database.prisma).ensureDefault();
});
afterAll(() => database.close());

/** The watch of a process, which is closed with the test. */
function startWatch(openEncoder: OpenEncoder, onChanged: (model: ModelProgress) => void = () => undefined) {
  const { prisma } = database;
  const notices = new LocalNotices();
  const queue = new JobQueue(prisma, randomUUID(), 60_000, notices);
  const models = new ServedModels(prisma, vectors, openEncoder);
  const changes = new ModelChanges(prisma, models, vectors, notices);
  const progresses = new ModelProgresses(prisma, new Libraries(prisma));
  const options = { isWorker: false, onChanged };
  const watch = new ModelWatch(prisma, models, new EmbeddingFeeder(prisma, queue), changes, progresses, log, options);
  onTestFinished(() => watch.close());
  watch.start(notices);
  return { watch, queue, look: () => notices.send(MODELS_TOPIC, '') };
}

test('jobs of a model that could not be loaded are left to others while that is tried again', async () => {
  const { prisma } = database;
  await prisma.model.create({ data: { id: 'lost', state: 'BUILDING' } });
  const assetId = await insertAsset(prisma, libraryId, { state: 'READY' });
  await prisma.fingerprint.create({
    data: { assetId, perceptualHash: 0n, luma: new Uint8Array(1024), sharpness: 0, isCompared: true },
  });
  await prisma.job.create({ data: { id: randomUUID(), libraryId, kind: 'EMBED_ASSET', assetId } });

  const opened = vi.fn<OpenEncoder>(missing);
  const { watch, queue, look } = startWatch(opened);
  const claim = () => queue.claimBackground(1, watch.isForThis);
  await vi.waitFor(() => expect(watch.isForThis.values.flat()).toContain('lost'), told);
  expect(await claim()).toEqual([]);

  let fail: (error: Error) => void = () => undefined;
  opened.mockImplementation(() => new Promise((_, reject) => (fail = reject)));
  // So long after a failed load the next one is not refused at once.
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 60_000 });
  onTestFinished(() => void vi.useRealTimers());
  onTestFinished(() => fail(new AfterimageError('MODEL_NOT_FOUND', 'expected the files, received none')));
  look();
  await vi.waitFor(() => expect(opened).toHaveBeenCalledTimes(2), told);
  expect(await claim()).toEqual([]);
});

test('how a change comes on is told by a process that cannot help it', async () => {
  const { prisma } = database;
  await prisma.model.deleteMany();
  await prisma.model.create({ data: { id: 'lost', state: 'BUILDING' } });
  const onChanged = vi.fn<(model: ModelProgress) => void>();
  const { look } = startWatch(missing, onChanged);
  const othersEmbedOne = async () => {
    const assetId = await insertAsset(prisma, libraryId, { state: 'READY' });
    await prisma.embedding.create({ data: { assetId, modelId: 'lost' } });
    look();
  };
  // Some may come before the first count, with which the next one is compared.
  await vi.waitFor(async () => {
    await othersEmbedOne();
    expect(onChanged).toHaveBeenCalled();
  }, told);
  expect(onChanged.mock.lastCall![0]).toMatchObject({
    id: 'lost',
    state: 'BUILDING',
    done: expect.any(Number) as number,
  });
});
