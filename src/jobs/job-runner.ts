import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { LEASE_MS, type JobQueue, type RunningJob } from './job-queue.js';
import type { JobKind } from '../database/generated/enums.js';
import type { Prisma } from '../database/database.js';
import { AfterimageError } from '../errors.js';

const POLL_MS = 1_000;
const SWEEP_MS = 15_000;
const MAX_ATTEMPTS = 10;
/** A job that kills its worker, or fails in a way that nobody foresaw, gets fewer. */
const MAX_BLIND_ATTEMPTS = 4;
const FIRST_DELAY_MS = 1_000;
const MAX_DELAY_MS = 60_000;
const KEEP_ENDED_MS = 7 * 24 * 60 * 60_000;

export interface JobHandler {
  /** May run twice for the same job. Throws an AfterimageError; a retryable one is tried again later. */
  run(job: Pick<RunningJob, 'assetId' | 'libraryId'>): Promise<void>;
  /** Writes what follows when the job is given up, in that transaction. */
  onFailed?(transaction: Prisma.TransactionClient, job: RunningJob, failure: Failure): Promise<void>;
  /** Called when the job has ended, well or given up, and that is written. */
  onEnded?(job: RunningJob): void;
}

export interface Failure {
  readonly code: string;
  readonly message: string;
}

/** Takes jobs from the queue and runs so many at a time, until it is closed. */
export class JobRunner {
  readonly #running = new Map<string, Promise<void>>();
  readonly #closing = new AbortController();
  #wake: () => void = () => undefined;
  #isWoken = false;
  #loops: Promise<unknown> | undefined;

  constructor(
    private readonly queue: JobQueue,
    private readonly handlers: Readonly<Record<JobKind, JobHandler>>,
    private readonly concurrency: number,
    private readonly log: Logger,
    /** Called now and then, and at the start, for what else must be tidied. */
    private readonly sweep: () => Promise<void>,
  ) {}

  async start(): Promise<void> {
    this.queue.onEnqueued(() => this.#wakeUp());
    await this.#takeBack({ isStarting: true });
    await this.sweep();
    this.#loops = Promise.all([
      this.#work(),
      this.#every(LEASE_MS / 3, () => this.#renew()),
      this.#every(SWEEP_MS, () => this.#tidy()),
    ]);
  }

  /** Takes no new job and waits for those that run. */
  async close(): Promise<void> {
    this.#closing.abort();
    this.#wakeUp();
    await this.#loops;
    await Promise.all(this.#running.values());
  }

  async #work(): Promise<void> {
    while (!this.#closing.signal.aborted) {
      this.#isWoken = false;
      const isFull = this.#running.size >= this.concurrency;
      const jobs = isFull ? [] : await this.#claim(this.concurrency - this.#running.size);
      for (const job of jobs) {
        const run = this.#run(job).finally(() => {
          this.#running.delete(job.id);
          this.#wakeUp();
        });
        this.#running.set(job.id, run);
      }
      if (jobs.length === 0 && !this.#isWoken) await this.#wakeUpOrPoll();
    }
  }

  async #claim(limit: number): Promise<RunningJob[]> {
    try {
      return await this.queue.claim(limit);
    } catch (error) {
      this.log.error({ err: error }, 'the job queue does not answer');
      return [];
    }
  }

  async #run(job: RunningJob): Promise<void> {
    try {
      await this.handlers[job.kind].run(job);
      await this.queue.succeed(job);
      this.handlers[job.kind].onEnded?.(job);
    } catch (error) {
      await this.#settle(job, error).catch((cause: unknown) =>
        // The lease runs out and the job is taken again.
        this.log.error({ err: cause, jobId: job.id }, 'the outcome of a job could not be written'),
      );
    }
  }

  async #settle(job: RunningJob, error: unknown): Promise<void> {
    const isKnown = error instanceof AfterimageError;
    const failure: Failure = isKnown ? error : { code: 'INTERNAL', message: 'an unexpected fault' };
    const maxAttempts = isKnown ? (error.isRetryable ? MAX_ATTEMPTS : 1) : MAX_BLIND_ATTEMPTS;
    this.log[isKnown ? 'warn' : 'error']({ err: error, jobId: job.id, assetId: job.assetId }, `${job.kind} failed`);
    if (job.attempts >= maxAttempts) await this.#giveUp(job, failure);
    else await this.queue.postpone(job, new Date(Date.now() + delayMs(job.attempts)), failure);
  }

  async #giveUp(job: RunningJob, failure: Failure): Promise<void> {
    await this.queue.fail(job, failure, async (transaction) => {
      await this.handlers[job.kind].onFailed?.(transaction, job, failure);
    });
    this.handlers[job.kind].onEnded?.(job);
  }

  async #takeBack(options: { isStarting: boolean }): Promise<void> {
    const abandoned = (await this.queue.abandoned(options)).filter(({ id }) => !this.#running.has(id));
    const isSpent = (job: RunningJob) => job.attempts >= MAX_BLIND_ATTEMPTS;
    for (const job of abandoned.filter(isSpent))
      await this.#giveUp(job, { code: 'INTERNAL', message: 'the worker died each time that it tried' });
    await this.queue.release(abandoned.filter((job) => !isSpent(job)));
  }

  async #tidy(): Promise<void> {
    await this.#takeBack({ isStarting: false });
    await this.queue.prune(new Date(Date.now() - KEEP_ENDED_MS));
    await this.sweep();
  }

  async #renew(): Promise<void> {
    if (this.#running.size > 0) await this.queue.renew([...this.#running.keys()]);
  }

  async #every(intervalMs: number, act: () => Promise<void>): Promise<void> {
    const { signal } = this.#closing;
    for (;;) {
      await sleep(intervalMs, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      await act().catch((error: unknown) => this.log.error({ err: error }, 'the job queue could not be tended'));
    }
  }

  #wakeUp(): void {
    this.#isWoken = true;
    this.#wake();
  }

  #wakeUpOrPoll(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, POLL_MS);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

/** Doubling from a second to a minute, with a quarter of chance so that those that failed together part. */
function delayMs(attempts: number): number {
  const delay = Math.min(FIRST_DELAY_MS * 2 ** (attempts - 1), MAX_DELAY_MS);
  return delay * (0.75 + Math.random() / 2);
}
