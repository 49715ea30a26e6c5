import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { Alarm } from './alarm.js';
import type { AbandonedJobs } from './abandoned-jobs.js';
import type { JobOutcomes } from './job-outcomes.js';
import type { Prisma } from '../database/database.js';
import { BACKGROUND, type JobQueue, type RunningJob } from './job-queue.js';

const POLL_MS = 1_000;
const MAX_SWEEP_MS = 15_000;
/** A lease is renewed, and those of others are looked at, so often in its time. */
const TURNS_A_LEASE = 4;
/** So many are lost with a worker that dies, and then each runs alone. */
const MOST_TOGETHER = 100;
/**
 * While so many rest none is begun: what they wait for does not keep up. All of them are suspects when the worker dies, so
 * no more than are done at a time, and half as many that wait for their turn with those that come out of their slots.
 */
const MOST_RESTING = 24;
const KEEP_SUCCEEDED_MS = 7 * 24 * 60 * 60_000;

export interface JobRunnerOptions {
  /** Jobs that run at the same time. */
  readonly concurrency: number;
  /** Of those, how many may be of the background. They get what the others leave. */
  readonly backgroundSlots: number;
  /** On "next", a job of the background, just now. */
  readonly backgroundCondition: () => Prisma.Sql;
  readonly leaseMs: number;
  /** How long after `stop` the jobs that run are given back. */
  readonly drainMs: number;
  /** Each is called now and then, and at the start, for what else must be tidied. One that fails keeps no other from it. */
  readonly sweeps: readonly (() => Promise<void>)[];
}

/**
 * Takes jobs from the queue and runs so many at a time, until it is closed. A job whose worker died while it ran may be
 * the reason, or may have stood beside it: it runs alone, and so says which.
 */
export class JobRunner {
  readonly #running = new Map<string, Promise<void>>();
  #runningInBackground = 0;
  /** How many of those that run are done together. They take one's time, and no slot. */
  #runningTogether = 0;
  #lookTogetherAt = 0;
  /** Ids of those that run on without a slot; see `Rest`. */
  readonly #resting = new Set<string>();
  /** No new work. */
  readonly #stopping = new AbortController();
  /** Nothing runs any more. */
  readonly #ended = new AbortController();
  readonly #alarm = new Alarm();
  #lastSuspectAt = 0;
  #drainUntil = 0;
  #working: Promise<void> | undefined;
  #tending: Promise<unknown> | undefined;

  constructor(
    private readonly queue: JobQueue,
    private readonly abandoned: AbandonedJobs,
    private readonly outcomes: JobOutcomes,
    private readonly options: JobRunnerOptions,
    private readonly log: Logger,
  ) {}

  async start(): Promise<void> {
    const { leaseMs } = this.options;
    this.queue.onEnqueued(() => this.#alarm.ring());
    await this.#takeBack({ isStarting: true });
    await this.#sweep();
    this.#working = this.#work();
    this.#tending = Promise.all([
      this.#every(leaseMs / TURNS_A_LEASE, this.#ended.signal, () => this.#renew()),
      this.#every(Math.min(leaseMs / TURNS_A_LEASE, MAX_SWEEP_MS), this.#stopping.signal, () => this.#tidy()),
    ]);
  }

  /** Takes no new job from now on. */
  stop(): void {
    if (this.#stopping.signal.aborted) return;
    this.#drainUntil = Date.now() + this.options.drainMs;
    this.#stopping.abort();
    this.#alarm.ring();
  }

  /** Waits for the jobs that run, and gives back those that take too long. */
  async close(): Promise<void> {
    this.stop();
    const timeout = new AbortController();
    const late = sleep(Math.max(0, this.#drainUntil - Date.now()), false, { signal: timeout.signal }).catch(
      () => false,
    );
    const isDrained = await Promise.race([this.#drained(), late]);
    timeout.abort();
    this.#ended.abort();
    if (isDrained) await this.#tending;
    else await this.#giveBack();
  }

  async #drained(): Promise<true> {
    await this.#working;
    await Promise.all(this.#running.values());
    return true;
  }

  async #work(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      this.#alarm.reset();
      if (await this.#runSuspect()) continue;
      await this.#startTogether();
      const free = this.#freeSlots();
      const jobs = free > 0 ? await this.#claim(() => this.queue.claim(free), []) : [];
      const { backgroundSlots, backgroundCondition } = this.options;
      const left = Math.min(free - jobs.length, backgroundSlots - this.#runningInBackground);
      if (left > 0)
        jobs.push(...(await this.#claim(() => this.queue.claimBackground(left, backgroundCondition()), [])));
      for (const job of jobs) void this.#hold(job, this.#run(job));
      if (jobs.length === 0) await this.#alarm.wait(POLL_MS);
    }
  }

  #freeSlots(): number {
    if (this.#resting.size >= MOST_RESTING) return 0;
    return this.options.concurrency - (this.#running.size - this.#runningTogether - this.#resting.size);
  }

  /** Starts what is done many at a time, now and then, and again at once while there is more than that. */
  async #startTogether(): Promise<void> {
    if (this.#runningTogether > 0 || Date.now() < this.#lookTogetherAt) return;
    const jobs = await this.#claim(() => this.queue.claimTogether(MOST_TOGETHER), []);
    this.#lookTogetherAt = jobs.length === MOST_TOGETHER ? 0 : Date.now() + POLL_MS;
    if (jobs.length === 0) return;
    this.#runningTogether = jobs.length;
    const run = this.#runTogether(jobs).finally(() => (this.#runningTogether = 0));
    for (const job of jobs) void this.#hold(job, run);
  }

  async #runTogether(jobs: readonly RunningJob[]): Promise<void> {
    if (this.#stopping.signal.aborted) return this.queue.giveBack(jobs.map(({ id }) => id));
    if (await this.outcomes.runTogether(jobs)) return;
    for (const job of jobs) await this.#run(job);
  }

  /** Runs one job with nothing beside it, where there is one. @returns whether there was */
  async #runSuspect(): Promise<boolean> {
    if (Date.now() - this.#lastSuspectAt < POLL_MS) return false;
    const suspect = await this.#claim(() => this.queue.claimSuspect(), undefined);
    if (!suspect) {
      this.#lastSuspectAt = Date.now();
      return false;
    }
    const others = Promise.all(this.#running.values());
    const run = this.#hold(
      suspect,
      others.then(async () => {
        if (this.#stopping.signal.aborted || (await this.queue.begin(suspect))) await this.#run(suspect);
      }),
    );
    await run;
    return true;
  }

  #hold(job: RunningJob, run: Promise<void>): Promise<void> {
    const weight = job.kind === BACKGROUND ? 1 : 0;
    this.#runningInBackground += weight;
    const held = run
      .catch((error: unknown) =>
        // The lease runs out and the job is taken again.
        this.log.error({ err: error, jobId: job.id }, 'the outcome of a job could not be written'),
      )
      .finally(() => {
        this.#running.delete(job.id);
        this.#resting.delete(job.id);
        this.#runningInBackground -= weight;
        this.#alarm.ring();
      });
    this.#running.set(job.id, held);
    return held;
  }

  async #run(job: RunningJob): Promise<void> {
    // Its claim may have been under way when the end began.
    if (this.#stopping.signal.aborted) return this.queue.giveBack([job.id]);
    const ending = await this.outcomes.run(job, () => {
      this.#resting.add(job.id);
      this.#alarm.ring();
    });
    // What has become of it must not be lost because the database is away: the worker lives, and knows.
    while (!this.#ended.signal.aborted) {
      try {
        return await this.outcomes.write(job, ending);
      } catch (error) {
        if (this.#stopping.signal.aborted) throw error;
        this.log.warn({ err: error, jobId: job.id }, 'the outcome of a job cannot be written yet');
        await sleep(POLL_MS, undefined, { signal: this.#stopping.signal }).catch(() => undefined);
      }
    }
  }

  async #claim<T>(claim: () => Promise<T>, none: T): Promise<T> {
    try {
      return await claim();
    } catch (error) {
      this.log.error({ err: error }, 'the job queue does not answer');
      return none;
    }
  }

  async #takeBack({ isStarting }: { isStarting: boolean }): Promise<void> {
    const killers = await this.abandoned.takeBack({ isStarting, running: [...this.#running.keys()] });
    const message = 'expected a worker that lives through it, received the end of every one that tried';
    for (const job of killers) await this.outcomes.giveUp(job, { code: 'WORKER_DIED', message });
  }

  async #giveBack(): Promise<void> {
    const ids = [...this.#running.keys()];
    this.log.warn({ count: ids.length }, 'jobs that run are given back');
    await this.queue.giveBack(ids);
  }

  async #tidy(): Promise<void> {
    await this.#takeBack({ isStarting: false });
    await this.queue.prune(new Date(Date.now() - KEEP_SUCCEEDED_MS));
    await this.#sweep();
  }

  async #sweep(): Promise<void> {
    for (const sweep of this.options.sweeps)
      await sweep().catch((error: unknown) => this.log.error({ err: error }, 'something could not be tidied up'));
  }

  async #renew(): Promise<void> {
    if (this.#running.size > 0) await this.queue.renew([...this.#running.keys()]);
  }

  async #every(intervalMs: number, signal: AbortSignal, act: () => Promise<void>): Promise<void> {
    for (;;) {
      await sleep(intervalMs, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      await act().catch((error: unknown) => this.log.error({ err: error }, 'the job queue could not be tended'));
    }
  }
}
