import type { Logger } from 'pino';
import type { Failure, JobQueue, RunningJob } from './job-queue.js';
import { judge } from './retry-rules.js';
import { Together } from './together.js';
import type { Prisma } from '../database/database.js';
import { AfterimageError } from '../errors.js';
import type { JobKind } from '../database/generated/enums.js';
import type { WorkMeter } from '../metrics/work-meter.js';

/** So many are written at a time at most. */
const MOST_SUCCEEDED = 100;

export interface JobHandler {
  /** May run twice for the same job. Throws an AfterimageError; a retryable one is tried again later. */
  run(job: Pick<RunningJob, 'assetId' | 'libraryId'>): Promise<Rest | void>;
  /** Does several at a time, all of them or none. */
  runTogether?(jobs: readonly RunningJob[]): Promise<void>;
  /** Writes what follows when the job is given up, in that transaction. */
  onFailed?(transaction: Prisma.TransactionClient, job: RunningJob, failure: Failure): Promise<void>;
  /** Called when the job has ended, well or given up, and that is written. */
  onEnded?(job: RunningJob): void;
}

/** What is left of a job that waits for others to be done with: it needs no slot any more. */
export interface Rest {
  readonly done: Promise<void>;
}

export type JobHandlers = Readonly<Record<JobKind, JobHandler>>;

/** Runs jobs, and writes what becomes of them. */
export class JobOutcomes {
  readonly #succeeded = new Together<RunningJob, void>(
    async (jobs) => {
      await this.queue.succeed(jobs);
      return [];
    },
    { most: MOST_SUCCEEDED },
  );

  constructor(
    private readonly queue: JobQueue,
    private readonly handlers: JobHandlers,
    private readonly log: Logger,
    private readonly meter: Pick<WorkMeter, 'job'>,
  ) {}

  /**
   * @param onRest called when only that is left of the job for which it needs no slot
   * @returns what the job ended with; undefined when it succeeded
   */
  async run(job: RunningJob, onRest: () => void): Promise<{ readonly error: unknown } | undefined> {
    const beganAt = performance.now();
    const ending = await this.#run(job, onRest);
    const outcome = ending ? judge(ending.error, job.failures).failure.code : 'ok';
    this.meter.job(job.kind, outcome, performance.now() - beganAt);
    return ending;
  }

  async #run(job: RunningJob, onRest: () => void): Promise<{ readonly error: unknown } | undefined> {
    try {
      const rest = await this.handlers[job.kind].run(job);
      if (rest) onRest();
      await rest?.done;
      return undefined;
    } catch (error) {
      return { error };
    }
  }

  /** Does jobs of one kind at a time. @returns whether they have succeeded: else each is to be run by itself, and says why */
  async runTogether(jobs: readonly RunningJob[]): Promise<boolean> {
    const { kind } = jobs[0]!;
    const beganAt = performance.now();
    try {
      await this.handlers[kind].runTogether!(jobs);
      await this.queue.succeed(jobs);
      const share = (performance.now() - beganAt) / jobs.length;
      for (const job of jobs) this.meter.job(job.kind, 'ok', share);
      return true;
    } catch (error) {
      this.log.warn({ err: error, count: jobs.length }, `${kind} failed for several at a time`);
      return false;
    }
  }

  async write(job: RunningJob, ending: { readonly error: unknown } | undefined): Promise<void> {
    if (!ending) {
      await this.#succeeded.do(job);
      return this.handlers[job.kind].onEnded?.(job);
    }
    const { failure, retryInMs, isForeseen } = judge(ending.error, job.failures);
    const about = {
      ...described(ending.error),
      jobId: job.id,
      assetId: job.assetId,
      ...(retryInMs === null && { isGivenUp: true }),
    };
    this.log[isForeseen ? 'warn' : 'error'](about, `${job.kind} failed`);
    if (retryInMs === null) await this.giveUp(job, failure);
    else await this.queue.postpone(job, new Date(Date.now() + retryInMs), failure);
  }

  async giveUp(job: RunningJob, failure: Failure): Promise<void> {
    await this.queue.fail(job, failure, async (transaction) => {
      await this.handlers[job.kind].onFailed?.(transaction, job, failure);
    });
    this.handlers[job.kind].onEnded?.(job);
  }
}

/** What was wrong with what somebody sent is told in a line: a stack is for what we can mend. */
function described(error: unknown): object {
  const isSenders = error instanceof AfterimageError && error.httpStatus < 500 && !error.isRetryable;
  return isSenders ? { code: error.code, reason: error.message } : { err: error };
}
