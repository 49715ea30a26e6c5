import type { RunningJob } from './job-queue.js';
import { Prisma, type PrismaClient } from '../database/database.js';

/**
 * Deaths after which a job is taken for their cause. At the first it may have run beside others; from then on it runs
 * alone, so that each further one is evidence against it and against nothing else.
 */
const MAX_DEATHS = 4;

/** Whose jobs are abandoned: of workers whose lease has run out, and at the start of this one's own former life. */
export interface Abandonment {
  readonly isStarting: boolean;
  /** Ids of the jobs that this worker runs. */
  readonly running: readonly string[];
}

/** Takes jobs back from workers that died. */
export class AbandonedJobs {
  constructor(
    private readonly prisma: PrismaClient,
    private readonly workerId: string,
  ) {}

  /**
   * Puts them into the queue again.
   * @returns those that stay where they are, because they have killed their workers
   */
  async takeBack(abandonment: Abandonment): Promise<RunningJob[]> {
    const isKiller = Prisma.sql`("started_at" IS NOT NULL AND "deaths" + 1 >= ${MAX_DEATHS})`;
    const isAbandoned = this.#isAbandoned(abandonment);
    await this.prisma.$executeRaw`
      UPDATE "job" SET "state" = 'QUEUED', "lease_until" = NULL,
        "deaths" = "deaths" + CASE WHEN "started_at" IS NULL THEN 0 ELSE 1 END
      WHERE ${isAbandoned} AND NOT ${isKiller}`;
    return this.prisma.$queryRaw<RunningJob[]>`
      SELECT "id", "library_id" AS "libraryId", "kind", "asset_id" AS "assetId", "attempts", "failures", "deaths"
      FROM "job" WHERE ${isAbandoned} AND ${isKiller}`;
  }

  #isAbandoned({ isStarting, running }: Abandonment): Prisma.Sql {
    const isOwn = isStarting ? Prisma.sql`OR "worker_id" = ${this.workerId}::uuid` : Prisma.empty;
    return Prisma.sql`"state" = 'RUNNING' AND ("lease_until" < now() ${isOwn}) AND "id" <> ALL(${[...running]}::uuid[])`;
  }
}
