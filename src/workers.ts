import type { Logger } from 'pino';
import type { FingerprintFeeder } from './assets/duplicates/fingerprint-feeder.js';
import type { UploadLeases } from './assets/upload-leases.js';
import type { Config } from './config.js';
import { AbandonedJobs } from './jobs/abandoned-jobs.js';
import { JobOutcomes, type JobHandlers } from './jobs/job-outcomes.js';
import type { JobQueue } from './jobs/job-queue.js';
import { JobRunner } from './jobs/job-runner.js';
import type { DataDir } from './data-dir.js';
import type { Notices } from './database/notices.js';
import type { WorkMeter } from './metrics/work-meter.js';
import type { ModelWatch } from './model-change/model-watch.js';
import type { Releasers } from './releasers.js';
import type { Stores } from './stores.js';
import { WebhookClient } from './webhooks/webhook-client.js';
import { WebhookOutbox } from './webhooks/webhook-outbox.js';
import { WebhookSender } from './webhooks/webhook-sender.js';

// While one picture waits for an inference thread others are decoded and written.
const JOBS_PER_WORKER = 2;
/** Of the inference threads: what a change of the model may keep busy, so that uploads and searches find one free. */
const BACKGROUND_SHARE = 1 / 2;
/** Of the time in which a process ends: what the jobs that run have of it. */
const DRAIN_SHARE = 4 / 5;

/** What takes no new work after it is told to stop; it is closed with the rest. */
export interface Workers {
  stop(): void;
}

/** Starts to run jobs, to send to webhooks and to sweep. Only who runs jobs sweeps: that is often enough. */
export async function startWorkers(
  { workerCount, leaseMs, stopTimeoutMs, webhookTimeoutMs }: Config,
  log: Logger,
  { database, blobs }: Pick<Stores, 'database' | 'blobs'>,
  { queue, handlers, leases, fingerprints, dataDir, watch, notices, meter }: WorkerParts,
  releasers: Releasers,
): Promise<Workers> {
  const drainMs = stopTimeoutMs * DRAIN_SHARE;
  const outbox = new WebhookOutbox(database.prisma, webhookTimeoutMs + leaseMs);
  const options = {
    concurrency: workerCount * JOBS_PER_WORKER,
    backgroundSlots: Math.max(1, Math.floor(workerCount * BACKGROUND_SHARE)),
    backgroundCondition: () => watch.isForThis,
    leaseMs,
    drainMs,
    sweeps: [
      () => leases.sweep(),
      () => fingerprints.feed(),
      () => blobs.sweep(),
      () => outbox.prune(),
      () => dataDir.sweep(),
    ],
  };
  const abandoned = new AbandonedJobs(database.prisma, dataDir.instanceId);
  const outcomes = new JobOutcomes(queue, handlers, log, meter);
  const runner = releasers.add(new JobRunner(queue, abandoned, outcomes, options, log));
  await runner.start();
  const sender = releasers.add(new WebhookSender(outbox, new WebhookClient(webhookTimeoutMs), drainMs, log));
  sender.start(notices);
  return {
    stop: () => {
      runner.stop();
      sender.stop();
    },
  };
}

interface WorkerParts {
  readonly queue: JobQueue;
  readonly handlers: JobHandlers;
  readonly leases: UploadLeases;
  readonly fingerprints: FingerprintFeeder;
  readonly dataDir: DataDir;
  readonly watch: ModelWatch;
  readonly notices: Notices;
  readonly meter: WorkMeter;
}
