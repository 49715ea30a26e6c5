import type { Logger } from 'pino';
import type { UploadLeases } from './assets/upload-leases.js';
import type { Config } from './config.js';
import { AbandonedJobs } from './jobs/abandoned-jobs.js';
import { JobOutcomes, type JobHandlers } from './jobs/job-outcomes.js';
import type { JobQueue } from './jobs/job-queue.js';
import { JobRunner } from './jobs/job-runner.js';
import type { ModelWatch } from './model-change/model-watch.js';
import type { Releasers } from './releasers.js';
import type { Stores } from './stores.js';

// While one picture waits for an inference thread others are decoded and written.
const JOBS_PER_WORKER = 3;
/** Of the inference threads: what a change of the model may keep busy, so that uploads and searches find one free. */
const BACKGROUND_SHARE = 1 / 2;
/** Of the time in which a process ends: what the jobs that run have of it. */
const DRAIN_SHARE = 4 / 5;

/** Starts to run jobs and to sweep. Only who runs jobs sweeps: that is often enough. */
export async function startWorkers(
  { workerCount, leaseMs, stopTimeoutMs }: Config,
  log: Logger,
  { database, blobs }: Pick<Stores, 'database' | 'blobs'>,
  { queue, handlers, leases, instanceId, watch }: WorkerParts,
  releasers: Releasers,
): Promise<JobRunner> {
  const options = {
    concurrency: workerCount * JOBS_PER_WORKER,
    backgroundSlots: () => (watch.canEmbed ? Math.max(1, Math.floor(workerCount * BACKGROUND_SHARE)) : 0),
    leaseMs,
    drainMs: stopTimeoutMs * DRAIN_SHARE,
    sweep: async () => {
      await leases.sweep();
      await blobs.sweep();
    },
  };
  const abandoned = new AbandonedJobs(database.prisma, instanceId);
  const runner = releasers.add(new JobRunner(queue, abandoned, new JobOutcomes(queue, handlers, log), options, log));
  await runner.start();
  return runner;
}

interface WorkerParts {
  readonly queue: JobQueue;
  readonly handlers: JobHandlers;
  readonly leases: UploadLeases;
  readonly instanceId: string;
  readonly watch: ModelWatch;
}
