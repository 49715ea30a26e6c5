import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { Gauge, type Registry } from 'prom-client';
import { countStates, OPEN_JOB_STATES, type StateCounts } from './state-counts.js';
import type { PrismaClient } from '../database/database.js';
import { AssetState, JobKind } from '../database/generated/enums.js';
import type { Readiness } from '../readiness.js';

/** For so long a count holds, and for longer where it took long: however large the library is, this is its share of the time. */
const COUNT_MS = 5_000;
const COUNT_SHARE = 1 / 50;
/** Who reads does not wait longer for it: what is known besides is worth more. */
const PATIENCE_MS = 3_000;

/** What is the same whichever process is asked: how much there is and waits, as Postgres says, and which parts answer. */
export class InstallationMetrics {
  readonly #jobs;
  readonly #wait;
  readonly #assets;
  readonly #parts;
  #counts: Promise<StateCounts | undefined> | undefined;

  constructor(
    registry: Registry,
    private readonly prisma: PrismaClient,
    private readonly readiness: Readiness,
    private readonly log: Logger,
  ) {
    const gauge = <Label extends string>(name: string, help: string, ...labelNames: Label[]) =>
      new Gauge({ name: `afterimage_${name}`, help, labelNames, registers: [registry] });
    this.#parts = gauge('part_up', 'Whether this part answers this process: 1 or 0.', 'part');
    this.#jobs = gauge('jobs', 'Jobs that wait, run, or were given up.', 'kind', 'state');
    this.#wait = gauge('job_wait_seconds', 'For how long the job that has waited longest could have run.', 'kind');
    this.#assets = gauge('assets', 'Assets, but for those in the trash.', 'state');
  }

  /** Brings them up to date. Where Postgres does not answer there are none of what it would say: old ones would mislead. */
  async refresh(): Promise<void> {
    const counted = (this.#counts ??= this.#count());
    const late = sleep(PATIENCE_MS, undefined, { ref: false });
    const [{ parts }, counts] = await Promise.all([this.readiness.ask(), Promise.race([counted, late])]);
    for (const [part, state] of Object.entries(parts)) this.#parts.set({ part }, state === 'ok' ? 1 : 0);
    for (const gauge of [this.#jobs, this.#wait, this.#assets]) gauge.reset();
    if (counts) this.#show(counts);
  }

  async #count(): Promise<StateCounts | undefined> {
    const beganAt = performance.now();
    let holdMs = 0;
    try {
      const counts = await countStates(this.prisma);
      holdMs = Math.max(COUNT_MS, (performance.now() - beganAt) / COUNT_SHARE);
      return counts;
    } catch (error) {
      this.log.warn({ err: error }, 'jobs and assets could not be counted');
      return undefined;
    } finally {
      setTimeout(() => (this.#counts = undefined), holdMs).unref();
    }
  }

  #show({ jobs, assets }: StateCounts): void {
    for (const kind of Object.values(JobKind)) {
      this.#wait.set({ kind }, 0);
      for (const state of OPEN_JOB_STATES) this.#jobs.set({ kind, state }, 0);
    }
    for (const state of Object.values(AssetState)) this.#assets.set({ state }, 0);
    for (const { kind, state, count, waitSeconds } of jobs) {
      this.#jobs.set({ kind, state }, count);
      if (state === 'QUEUED') this.#wait.set({ kind }, waitSeconds);
    }
    for (const { state, count } of assets) this.#assets.set({ state }, count);
  }
}
