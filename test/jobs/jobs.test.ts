import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino, type Logger } from 'pino';
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { Libraries } from '#dist/access/libraries.js';
import { openDatabase, Prisma, type Database } from '#dist/database/database.js';
import { LocalNotices } from '#dist/database/notices.js';
import { AfterimageError } from '#dist/errors.js';
import { AbandonedJobs } from '#dist/jobs/abandoned-jobs.js';
import { JobOutcomes, type JobHandler } from '#dist/jobs/job-outcomes.js';
import { JobQueue } from '#dist/jobs/job-queue.js';
import { JobRunner } from '#dist/jobs/job-runner.js';
import type { JobKind } from '#dist/database/generated/enums.js';
import { createLogger } from '#dist/logger.js';
import { describeOnAServer, describeOnEveryDatabase } from '../support/databases.js';

const LEASE_MS = 1_000;
const SILENT = pino({ level: 'silent' });

describeOnEveryDatabase('jobs', (location) => {
  let database: Database;
  let libraryId: string;
  beforeAll(async () => {
    database = await openDatabase(location);
    libraryId = await new Libraries(database.prisma).ensureDefault();
  });
  afterAll(() => database.close());
  beforeEach(async () => void (await database.prisma.job.deleteMany()));

  const queueOf = (workerId = randomUUID()) => new JobQueue(database.prisma, workerId, LEASE_MS, new LocalNotices());

  async function enqueue(assetIds: readonly string[], kind: JobKind = 'PROCESS_ASSET'): Promise<void> {
    const jobs = assetIds.map((assetId) => ({ libraryId, kind, assetId }));
    await database.prisma.$transaction((transaction) => queueOf().enqueue(transaction, jobs));
  }
  const newIds = (count: number) => Array.from({ length: count }, () => randomUUID());
  const rows = () => database.prisma.job.findMany({ orderBy: [{ createdAt: 'asc' }, { id: 'asc' }] });
  const endLeases = () => database.prisma.job.updateMany({ data: { leaseUntil: new Date(0) } });

  /** A worker that is closed with the test. */
  async function startRunner(
    run: JobHandler['run'],
    options: Partial<JobHandler> & {
      concurrency?: number;
      drainMs?: number;
      sweeps?: (() => Promise<void>)[];
      log?: Logger;
    } = {},
  ) {
    const { concurrency = 4, drainMs = 10_000, sweeps = [], runTogether, log = SILENT, ...handler } = options;
    const handlers = {
      PROCESS_ASSET: { run, ...handler },
      SYNC_VECTOR: { run, ...(runTogether && { runTogether }) },
      PURGE_ASSET: { run },
      EMBED_ASSET: { run },
      CLASSIFY_ASSETS: { run },
      REFRESH_LABEL: { run },
      DELETE_LABELS: { run },
      RENAME_TAG: { run },
      SUGGEST_LABELS: { run },
    };
    const workerId = randomUUID();
    const queue = queueOf(workerId);
    const runner = new JobRunner(
      queue,
      new AbandonedJobs(database.prisma, workerId),
      new JobOutcomes(queue, handlers, log, { job: () => undefined }),
      {
        concurrency,
        backgroundSlots: 1,
        backgroundCondition: () => Prisma.sql`TRUE`,
        leaseMs: LEASE_MS,
        drainMs,
        sweeps,
      },
      log,
    );
    onTestFinished(() => runner.close());
    await runner.start();
    return { runner, workerId };
  }
  const untilAll = (state: string) =>
    vi.waitFor(async () => expect((await rows()).map((job) => job.state)).toEqual((await rows()).map(() => state)), {
      timeout: 15_000,
      interval: 20,
    });

  test('are run, and the rest is tidied up, where one part of that fails', async () => {
    const assetIds = newIds(1);
    await enqueue(assetIds);
    let tidied = 0;
    const failing = () => Promise.reject(new AfterimageError('BLOB_STORE_FAILED', 'away'));
    await startRunner(async () => undefined, { sweeps: [failing, async () => void tidied++] });
    await untilAll('SUCCEEDED');
    await vi.waitFor(() => expect(tidied).toBeGreaterThan(1), { timeout: 15_000 });
  });

  test('are each taken by one worker of many, and never two of one asset', async () => {
    const assetIds = newIds(30);
    await enqueue([...assetIds, ...assetIds]);
    const claims = await Promise.all(Array.from({ length: 8 }, () => queueOf().claim(10)));
    const claimed = claims.flat();
    expect(new Set(claimed.map(({ id }) => id)).size).toBe(claimed.length);
    expect(new Set(claimed.map(({ assetId }) => assetId)).size).toBe(claimed.length);
    expect(claimed.length).toBeGreaterThan(0);
  });

  test('of the background come last of their asset, and not beside another of it', async () => {
    const [assetId] = newIds(1) as [string];
    const create = (kind: 'EMBED_ASSET' | 'SYNC_VECTOR', second: number) => {
      const createdAt = new Date(Date.UTC(2026, 0, 1, 0, 0, second));
      return database.prisma.job.create({ data: { id: randomUUID(), libraryId, kind, assetId, createdAt } });
    };
    await create('EMBED_ASSET', 0);
    await create('SYNC_VECTOR', 1);
    const queue = queueOf();
    const claimBackground = () => queue.claimBackground(1, Prisma.sql`TRUE`);
    expect(await claimBackground()).toEqual([]);
    const [sync] = await queue.claim(2);
    expect(sync).toMatchObject({ kind: 'SYNC_VECTOR' });
    expect(await claimBackground()).toEqual([]);
    await queue.succeed([sync!]);
    expect(await claimBackground()).toMatchObject([{ kind: 'EMBED_ASSET' }]);
    await create('SYNC_VECTOR', 2);
    expect(await queue.claim(1)).toEqual([]);
  });

  test('that are done many at a time wait for no slot, nor for what came before', async () => {
    await enqueue(newIds(3));
    await enqueue(newIds(250), 'SYNC_VECTOR');
    const together: number[] = [];
    let release = () => undefined as void;
    const isReleased = new Promise<void>((resolve) => (release = resolve));
    await startRunner(() => isReleased, {
      concurrency: 1,
      runTogether: async (jobs) => void together.push(jobs.length),
    });
    const left = () => database.prisma.job.count({ where: { kind: 'SYNC_VECTOR', state: { not: 'SUCCEEDED' } } });
    await vi.waitFor(async () => expect(await left()).toBe(0), { timeout: 15_000 });
    expect(together).toEqual([100, 100, 50]);
    expect(await database.prisma.job.count({ where: { state: 'SUCCEEDED', kind: 'PROCESS_ASSET' } })).toBe(0);
    release();
    await untilAll('SUCCEEDED');
  });

  test('of which only a rest is left need no slot, and end as that does', async () => {
    const [badId, ...goodIds] = newIds(4) as [string, ...string[]];
    await enqueue([badId, ...goodIds]);
    let release = () => undefined as void;
    const isReleased = new Promise<void>((resolve) => (release = resolve));
    const begun: string[] = [];
    await startRunner(
      async ({ assetId }) => {
        begun.push(assetId);
        const end = () =>
          assetId === badId ? Promise.reject(new AfterimageError('UPLOAD_DAMAGED', 'bad')) : undefined;
        return { done: isReleased.then(end) };
      },
      { concurrency: 1 },
    );
    await vi.waitFor(() => expect(begun).toHaveLength(4), { timeout: 15_000 });
    expect(await database.prisma.job.count({ where: { state: 'RUNNING' } })).toBe(4);
    release();
    const states = async () => new Map((await rows()).map(({ assetId, state }) => [assetId, state]));
    const expected = new Map([[badId, 'FAILED'], ...goodIds.map((id) => [id, 'SUCCEEDED'] as const)] as const);
    await vi.waitFor(async () => expect(await states()).toEqual(expected), { timeout: 15_000 });
  });

  test('that cannot be done many at a time are each tried alone', async () => {
    const [badId, ...goodIds] = newIds(5) as [string, ...string[]];
    await enqueue([badId, ...goodIds], 'SYNC_VECTOR');
    const runTogether = () => Promise.reject(new Error('one of them cannot be done'));
    await startRunner(
      ({ assetId }) =>
        assetId === badId ? Promise.reject(new AfterimageError('UPLOAD_DAMAGED', 'bad')) : Promise.resolve(),
      { runTogether },
    );
    const states = async () => new Map((await rows()).map(({ assetId, state }) => [assetId, state]));
    const expected = new Map([[badId, 'FAILED'], ...goodIds.map((id) => [id, 'SUCCEEDED'] as const)] as const);
    await vi.waitFor(async () => expect(await states()).toEqual(expected), { timeout: 15_000 });
  });

  test('keep their lease for as long as they run, and no longer than their worker lives', async () => {
    const assetIds = newIds(2);
    await enqueue(assetIds);
    await queueOf().claim(1);
    const started: string[] = [];
    await startRunner(async ({ assetId }) => {
      started.push(assetId);
      await sleep(LEASE_MS * 2);
    });
    await untilAll('SUCCEEDED');
    expect(started.sort()).toEqual(assetIds.sort());
    expect(new Set((await rows()).map(({ attempts }) => attempts))).toEqual(new Set([1, 2]));
  });

  test('that ran when a worker died run alone, and are no worse for it when they were not the reason', async () => {
    await enqueue(newIds(5));
    for (let deaths = 0; deaths < 3; deaths++) {
      // Workers that die before they have begun with the one job say nothing of it.
      const dead = queueOf();
      if (deaths === 0) expect(await dead.claim(5)).toHaveLength(5);
      else expect(await dead.claimSuspect()).toMatchObject({ deaths: 1 });
      await endLeases();
      await new AbandonedJobs(database.prisma, randomUUID()).takeBack({ isStarting: false, running: [] });
    }
    expect((await rows()).map(({ deaths, failures }) => [deaths, failures])).toEqual(Array(5).fill([1, 0]));
    await enqueue(newIds(5));

    const suspects = new Set((await rows()).filter(({ deaths }) => deaths > 0).map(({ assetId }) => assetId));
    const running = new Set<string>();
    const besides: number[] = [];
    await startRunner(async ({ assetId }) => {
      running.add(assetId);
      if ([...running].some((id) => suspects.has(id))) besides.push(running.size - 1);
      await sleep(20);
      running.delete(assetId);
    });
    await untilAll('SUCCEEDED');
    expect(besides).toEqual([0, 0, 0, 0, 0]);
  });

  test('that kill every worker that runs them alone are given up, and nothing beside them', async () => {
    const [killer, innocent] = newIds(2);
    await enqueue([killer!, innocent!]);
    expect(await queueOf().claim(2)).toHaveLength(2);
    for (let deaths = 1; deaths <= 3; deaths++) {
      await endLeases();
      expect(
        await new AbandonedJobs(database.prisma, randomUUID()).takeBack({ isStarting: false, running: [] }),
      ).toEqual([]);
      await database.prisma.job.updateMany({
        where: { assetId: innocent },
        data: { runAt: new Date(Date.now() + 500) },
      });
      const dead = queueOf();
      const job = await dead.claimSuspect();
      expect(job).toMatchObject({ assetId: killer, deaths });
      expect(await dead.begin(job!)).toBe(true);
    }
    await endLeases();
    const failed: string[] = [];
    const ended: string[] = [];
    await startRunner(async () => undefined, {
      onFailed: async (_transaction, { assetId }, { code }) => void failed.push(`${assetId} ${code}`),
      onEnded: ({ assetId }) => void ended.push(assetId),
    });
    await vi.waitFor(() => expect(ended).toEqual([killer, innocent]), { timeout: 10_000 });
    expect(failed).toEqual([`${killer} WORKER_DIED`]);
    expect((await rows()).map(({ state }) => state).sort()).toEqual(['FAILED', 'SUCCEEDED']);
  });

  test('that fail are tried later, and given up by themselves; a later success takes the dead with it', async () => {
    const [assetId] = newIds(1);
    await enqueue([assetId!]);
    let error = new AfterimageError('VECTOR_STORE_FAILED', 'away');
    let isMended = false;
    await startRunner(async () => {
      if (!isMended) throw error;
    });
    await vi.waitFor(async () =>
      expect(await rows()).toMatchObject([{ state: 'QUEUED', failures: 1, errorCode: 'VECTOR_STORE_FAILED' }]),
    );
    const [postponed] = await rows();
    expect(postponed!.runAt.getTime()).toBeGreaterThan(Date.now());
    error = new AfterimageError('UPLOAD_DAMAGED', 'damaged');
    await database.prisma.job.updateMany({ data: { runAt: new Date(), failures: 400 } });
    await untilAll('FAILED');
    isMended = true;
    await enqueue([assetId!]);
    await untilAll('SUCCEEDED');
    expect(await rows()).toHaveLength(1);
  });

  test('that are given up are told of, each, whatever the log has said of the same before', async () => {
    const assetIds = newIds(3);
    await enqueue(assetIds);
    await database.prisma.job.updateMany({ data: { failures: 499 } });
    const lines: string[] = [];
    const log = createLogger('warn', { write: (line: string) => void lines.push(line) });
    await startRunner(() => Promise.reject(new AfterimageError('VECTOR_STORE_FAILED', 'away')), { log });
    await untilAll('FAILED');
    const told = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(told).toMatchObject(told.map(() => ({ isGivenUp: true, code: 'VECTOR_STORE_FAILED' })));
    expect(new Set(told.map(({ assetId }) => assetId))).toEqual(new Set(assetIds));
    expect(told).toHaveLength(3);
  });

  test('that do not finish before the end are given back as they were', async () => {
    await enqueue(newIds(3));
    const { runner } = await startRunner(() => new Promise(() => undefined), { concurrency: 2, drainMs: 100 });
    await vi.waitFor(async () => expect((await rows()).filter(({ state }) => state === 'RUNNING')).toHaveLength(2));
    await runner.close();
    expect((await rows()).map(({ state, failures, deaths }) => [state, failures, deaths])).toEqual(
      Array(3).fill(['QUEUED', 0, 0]),
    );
  });
});

describeOnAServer('jobs of one asset that two workers take at the same moment', (location) => {
  test('go to one of them, and the other takes none', async () => {
    const database = await openDatabase(location);
    const { prisma } = database;
    try {
      const [libraryId, assetId] = [await new Libraries(prisma).ensureDefault(), randomUUID()];
      const id = randomUUID();
      await prisma.job.createMany({
        data: [
          { id, libraryId, kind: 'EMBED_ASSET', assetId },
          { id: randomUUID(), libraryId, kind: 'SYNC_VECTOR', assetId },
        ],
      });
      const queue = new JobQueue(prisma, randomUUID(), LEASE_MS, new LocalNotices());
      const claim = await prisma.$transaction(async (transaction) => {
        await transaction.job.update({ where: { id }, data: { state: 'RUNNING' } });
        const claim = queue.claim(1);
        await vi.waitFor(async () => {
          const [{ count }] = await prisma.$queryRaw<[{ count: number }]>`
            SELECT count(*)::int AS "count" FROM pg_stat_activity
            WHERE "datname" = current_database() AND "wait_event_type" = 'Lock'`;
          expect(count).toBe(1);
        });
        return { claim };
      });
      expect(await claim.claim).toEqual([]);
    } finally {
      await database.close();
    }
  });
});
