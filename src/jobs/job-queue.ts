import { randomUUID } from 'node:crypto';
import { Prisma, type PrismaClient } from '../database/database.js';
import { isUniqueViolation } from '../database/unique-violation.js';
import type { ErrorCode } from '../errors.js';
import type { Notices } from '../database/notices.js';
import type { JobKind } from '../database/generated/enums.js';
import type { Job } from '../database/generated/client.js';

const TOPIC = 'jobs';
const NOW = Prisma.sql`now()`;

/** Of which there may be one for every asset at once. */
export const BACKGROUND = 'EMBED_ASSET' satisfies JobKind;

export interface NewJob {
  readonly libraryId: string;
  readonly kind: JobKind;
  readonly assetId: string;
}

/** A job that a worker holds. */
export type RunningJob = Pick<Job, 'id' | 'libraryId' | 'kind' | 'assetId' | 'attempts' | 'failures' | 'deaths'>;

export interface Failure {
  readonly code: ErrorCode;
  readonly message: string;
}

/**
 * Work that must be done, in Postgres. A job is enqueued in the transaction that makes it necessary, leased to one
 * worker at a time, and may run twice: when a worker dies, its lease runs out and another takes the job.
 */
export class JobQueue {
  /** @param workerId no two that live at the same time share one */
  constructor(
    private readonly prisma: PrismaClient,
    private readonly workerId: string,
    private readonly leaseMs: number,
    private readonly notices: Notices,
  ) {}

  /** Calls back after work may have been enqueued, in whatever process. Not always: whoever wants all of it polls too. */
  onEnqueued(callback: () => void): void {
    this.notices.listen(TOPIC, callback);
  }

  async enqueue(transaction: Prisma.TransactionClient, jobs: readonly NewJob[]): Promise<void> {
    await transaction.job.createMany({ data: jobs.map((job) => ({ id: randomUUID(), ...job })) });
  }

  /** As `enqueue`, of many assets of one library, in one statement: Prisma takes five times as long. */
  async enqueueMany(
    transaction: Prisma.TransactionClient,
    { libraryId, kind, assetIds }: Pick<NewJob, 'libraryId' | 'kind'> & { readonly assetIds: readonly string[] },
  ): Promise<void> {
    await transaction.$executeRaw`
      INSERT INTO "job" ("id", "library_id", "kind", "asset_id")
      SELECT gen_random_uuid(), ${libraryId}::uuid, ${kind}::"job_kind", "asset_id"
      FROM unnest(${[...assetIds]}::uuid[]) AS "asset_id"`;
  }

  /** To be called when the transaction of an `enqueue` is done. */
  announce(): void {
    this.notices.send(TOPIC, '');
  }

  /**
   * Leases the jobs that have waited longest, at most `limit` of them, and never two of one asset at a time. Not those of
   * the background, which a person does not wait for.
   */
  claim(limit: number): Promise<RunningJob[]> {
    return this.#claim(limit, Prisma.sql`"next"."deaths" = 0 AND "next"."kind" <> ${BACKGROUND}::"job_kind"`, NOW);
  }

  /** As above, of the background. @param condition that "next" is to meet besides */
  claimBackground(limit: number, condition: Prisma.Sql): Promise<RunningJob[]> {
    const isBackground = Prisma.sql`"next"."deaths" = 0 AND "next"."kind" = ${BACKGROUND}::"job_kind"`;
    return this.#claim(limit, Prisma.sql`${isBackground} AND ${condition}`, NOW);
  }

  /**
   * As `claim`, whatever else has waited longer, of the kind of which one change may make thousands, and a hundred take no
   * longer than one.
   */
  claimTogether(limit: number): Promise<RunningJob[]> {
    // No parameter: as its index has it.
    return this.#claim(limit, Prisma.sql`"next"."deaths" = 0 AND "next"."kind" = 'SYNC_VECTOR'`, NOW);
  }

  /** Leases a job whose worker died while it ran. It has not started before `begin`. */
  async claimSuspect(): Promise<RunningJob | undefined> {
    const [job] = await this.#claim(1, Prisma.sql`"next"."deaths" > 0`, Prisma.sql`NULL`);
    return job;
  }

  /** @returns whether the job is still held */
  async begin(job: RunningJob): Promise<boolean> {
    const { count } = await this.prisma.job.updateMany({ where: this.#held(job), data: { startedAt: new Date() } });
    return count > 0;
  }

  async renew(ids: readonly string[]): Promise<void> {
    await this.prisma.$executeRaw`
      UPDATE "job" SET "lease_until" = now() + ${this.leaseMs} * interval '1 millisecond'
      WHERE "id" = ANY(${[...ids]}::uuid[]) AND "worker_id" = ${this.workerId}::uuid AND "state" = 'RUNNING'`;
  }

  /** With them goes what had been given up of the same work: it is done now, or of an asset that is no more. */
  async succeed(jobs: readonly RunningJob[]): Promise<void> {
    const ids = jobs.map(({ id }) => id);
    const attempts = jobs.map((job) => job.attempts);
    await this.prisma.$executeRaw`
      WITH "done" AS (
        UPDATE "job" SET "state" = 'SUCCEEDED', "finished_at" = now(), "lease_until" = NULL, "error_code" = NULL,
          "error_message" = NULL
        FROM unnest(${ids}::uuid[], ${attempts}::int[]) AS "held" ("id", "attempts")
        WHERE "job"."id" = "held"."id" AND "job"."attempts" = "held"."attempts" AND "state" = 'RUNNING'
          AND "worker_id" = ${this.workerId}::uuid
        RETURNING "asset_id", "kind")
      DELETE FROM "job" USING "done" WHERE "job"."asset_id" = "done"."asset_id" AND "job"."state" = 'FAILED'
        AND ("job"."kind" = "done"."kind" OR "done"."kind" = 'PURGE_ASSET')`;
  }

  /** Back into the queue, not to run before that time. Its worker lived, so it is no suspect any more. */
  async postpone(job: RunningJob, runAt: Date, { code, message }: Failure): Promise<void> {
    await this.prisma.job.updateMany({
      where: this.#held(job),
      data: {
        state: 'QUEUED',
        failures: { increment: 1 },
        deaths: 0,
        runAt,
        leaseUntil: null,
        errorCode: code,
        errorMessage: message,
      },
    });
  }

  /**
   * Gives up; `alongside` writes what else follows from that, in the same transaction. What was given up before of the same
   * work is forgotten.
   */
  async fail(
    { id, attempts, assetId, kind }: RunningJob,
    { code, message }: Failure,
    alongside: (transaction: Prisma.TransactionClient) => Promise<void>,
  ): Promise<void> {
    await this.prisma.$transaction(async (transaction) => {
      const { count } = await transaction.job.updateMany({
        where: { id, state: 'RUNNING', attempts },
        data: { state: 'FAILED', finishedAt: new Date(), leaseUntil: null, errorCode: code, errorMessage: message },
      });
      if (count === 0) return;
      await transaction.job.deleteMany({ where: { assetId, kind, state: 'FAILED', id: { not: id } } });
      await alongside(transaction);
    });
  }

  /** Lets others have jobs that this worker does not get to finish. Nothing is held against them. */
  async giveBack(ids: readonly string[]): Promise<void> {
    await this.prisma.job.updateMany({
      where: { id: { in: [...ids] }, state: 'RUNNING', workerId: this.workerId },
      data: { state: 'QUEUED', leaseUntil: null },
    });
    this.announce();
  }

  /** Forgets jobs that succeeded before that time. */
  async prune(before: Date): Promise<void> {
    await this.prisma.job.deleteMany({ where: { state: 'SUCCEEDED', finishedAt: { lt: before } } });
  }

  async #claim(limit: number, condition: Prisma.Sql, startedAt: Prisma.Sql): Promise<RunningJob[]> {
    const claimed = this.prisma.$queryRaw<RunningJob[]>`
      UPDATE "job" SET "state" = 'RUNNING', "attempts" = "attempts" + 1, "worker_id" = ${this.workerId}::uuid,
        "started_at" = ${startedAt}, "lease_until" = now() + ${this.leaseMs} * interval '1 millisecond'
      WHERE "id" IN (
        SELECT "id" FROM "job" AS "next" WHERE "state" = 'QUEUED' AND "run_at" <= now() AND ${condition} AND NOT EXISTS (
          SELECT FROM "job" AS "other" WHERE "other"."asset_id" = "next"."asset_id"
            AND ("other"."state" = 'RUNNING' OR ("other"."state" = 'QUEUED' AND ${turnOf('other')} < ${turnOf('next')})))
        ORDER BY "run_at", "created_at", "id" LIMIT ${limit} FOR UPDATE SKIP LOCKED
      ) RETURNING "id", "library_id" AS "libraryId", "kind", "asset_id" AS "assetId", "attempts", "failures", "deaths"`;
    // A job of the same asset was taken by another worker at the same moment: this one comes later.
    return claimed.catch((error: unknown) => {
      if (isUniqueViolation(error)) return [];
      throw error;
    });
  }

  /** Only while the lease is ours: a worker that overslept must not speak for a job that another has taken. */
  #held(job: RunningJob) {
    return { id: job.id, state: 'RUNNING', workerId: this.workerId, attempts: job.attempts } as const;
  }
}

/** Of an asset's jobs those of the background come last: what they are for may be lost, and others must not wait for it. */
function turnOf(job: 'other' | 'next'): Prisma.Sql {
  const row = Prisma.raw(`"${job}"`);
  return Prisma.sql`(${row}."kind" = ${BACKGROUND}::"job_kind", ${row}."created_at", ${row}."id")`;
}
