import { randomUUID } from 'node:crypto';
import { Prisma, type PrismaClient } from '../database/database.js';
import type { Notices } from '../database/notices.js';
import type { JobKind } from '../database/generated/enums.js';
import type { Job } from '../database/generated/client.js';

export const LEASE_MS = 60_000;
const TOPIC = 'jobs';

export interface NewJob {
  readonly libraryId: string;
  readonly kind: JobKind;
  readonly assetId: string;
}

/** A job that a worker holds. */
export type RunningJob = Pick<Job, 'id' | 'libraryId' | 'kind' | 'assetId' | 'attempts'>;

/**
 * Work that must be done, in Postgres. A job is enqueued in the transaction that makes it necessary, leased to one
 * worker at a time, and may run twice: when a worker dies, its lease runs out and another takes the job.
 */
export class JobQueue {
  /** @param workerId no two that live at the same time share one */
  constructor(
    private readonly prisma: PrismaClient,
    private readonly workerId: string,
    private readonly notices: Notices,
  ) {}

  /** Calls back after work may have been enqueued, in whatever process. Not always: whoever wants all of it polls too. */
  onEnqueued(callback: () => void): void {
    this.notices.listen(TOPIC, callback);
  }

  async enqueue(transaction: Prisma.TransactionClient, jobs: readonly NewJob[]): Promise<void> {
    await transaction.job.createMany({ data: jobs.map((job) => ({ id: randomUUID(), ...job })) });
  }

  /** To be called when the transaction of an `enqueue` is done. */
  announce(): void {
    this.notices.send(TOPIC, '');
  }

  /** Leases the jobs that have waited longest, at most `limit` of them, and never two of one asset at a time. */
  async claim(limit: number): Promise<RunningJob[]> {
    return this.prisma.$queryRaw<RunningJob[]>`
      UPDATE "job" SET "state" = 'RUNNING', "attempts" = "attempts" + 1, "worker_id" = ${this.workerId}::uuid,
        "started_at" = now(), "lease_until" = now() + ${LEASE_MS} * interval '1 millisecond'
      WHERE "id" IN (
        SELECT "id" FROM "job" AS "next" WHERE "state" = 'QUEUED' AND "run_at" <= now() AND NOT EXISTS (
          SELECT FROM "job" AS "other" WHERE "other"."asset_id" = "next"."asset_id"
            AND ("other"."state" = 'RUNNING' OR ("other"."state" = 'QUEUED'
              AND ("other"."created_at", "other"."id") < ("next"."created_at", "next"."id"))))
        ORDER BY "run_at", "created_at", "id" LIMIT ${limit} FOR UPDATE SKIP LOCKED
      ) RETURNING "id", "library_id" AS "libraryId", "kind", "asset_id" AS "assetId", "attempts"`;
  }

  async renew(ids: readonly string[]): Promise<void> {
    await this.prisma.$executeRaw`
      UPDATE "job" SET "lease_until" = now() + ${LEASE_MS} * interval '1 millisecond'
      WHERE "id" = ANY(${[...ids]}::uuid[]) AND "worker_id" = ${this.workerId}::uuid AND "state" = 'RUNNING'`;
  }

  async succeed(job: RunningJob): Promise<void> {
    await this.prisma.job.updateMany({
      where: this.#held(job),
      data: { state: 'SUCCEEDED', finishedAt: new Date(), leaseUntil: null, errorCode: null, errorMessage: null },
    });
  }

  /** Back into the queue, not to run before that time. */
  async postpone(job: RunningJob, runAt: Date, error: { code: string; message: string }): Promise<void> {
    await this.prisma.job.updateMany({
      where: this.#held(job),
      data: { state: 'QUEUED', runAt, leaseUntil: null, errorCode: error.code, errorMessage: error.message },
    });
  }

  /** Gives up; `alongside` writes what else follows from that, in the same transaction. */
  async fail(
    job: RunningJob,
    error: { code: string; message: string },
    alongside: (transaction: Prisma.TransactionClient) => Promise<void>,
  ): Promise<void> {
    await this.prisma.$transaction(async (transaction) => {
      const { count } = await transaction.job.updateMany({
        where: { id: job.id, state: 'RUNNING', attempts: job.attempts },
        data: {
          state: 'FAILED',
          finishedAt: new Date(),
          leaseUntil: null,
          errorCode: error.code,
          errorMessage: error.message,
        },
      });
      if (count > 0) await alongside(transaction);
    });
  }

  /** Jobs of workers that died: their lease has run out, or they are of this worker's own former life. */
  async abandoned({ isStarting }: { isStarting: boolean }): Promise<RunningJob[]> {
    return this.prisma.job.findMany({
      where: {
        state: 'RUNNING',
        OR: [{ leaseUntil: { lt: new Date() } }, ...(isStarting ? [{ workerId: this.workerId }] : [])],
      },
    });
  }

  /** Lets another worker, or this one again, take abandoned jobs. */
  async release(jobs: readonly RunningJob[]): Promise<void> {
    for (const { id, attempts } of jobs)
      await this.prisma.job.updateMany({
        where: { id, state: 'RUNNING', attempts },
        data: { state: 'QUEUED', leaseUntil: null },
      });
  }

  /** Forgets jobs that ended before that time; a failure is kept on its asset. */
  async prune(before: Date): Promise<void> {
    await this.prisma.job.deleteMany({ where: { state: { in: ['SUCCEEDED', 'FAILED'] }, finishedAt: { lt: before } } });
  }

  /** Only while the lease is ours: a worker that overslept must not speak for a job that another has taken. */
  #held(job: RunningJob) {
    return { id: job.id, state: 'RUNNING', workerId: this.workerId, attempts: job.attempts } as const;
  }
}
