import type { PrismaClient } from '../database/database.js';
import type { AssetState, JobKind, JobState } from '../database/generated/enums.js';

/** The states of a job that somebody may have to do something about; those that succeeded are many, and are forgotten. */
export const OPEN_JOB_STATES = ['QUEUED', 'RUNNING', 'FAILED'] as const satisfies readonly JobState[];

/** How much there is of what, in all libraries together. What there is none of is left out. */
export interface StateCounts {
  readonly jobs: readonly {
    readonly kind: JobKind;
    readonly state: JobState;
    readonly count: number;
    /** Of those that wait: for how long the first one could have run, in seconds. */
    readonly waitSeconds: number;
  }[];
  /** But for the trash. */
  readonly assets: readonly { readonly state: AssetState; readonly count: number }[];
}

/** By two statements, which read what they count from indexes. */
export async function countStates(prisma: PrismaClient): Promise<StateCounts> {
  const states = [...OPEN_JOB_STATES];
  const [jobs, assets] = await Promise.all([
    // Of every library: the index of the states begins with it.
    prisma.$queryRaw<StateCounts['jobs'][number][]>`
      SELECT "kind", "state", count(*)::int AS "count",
        coalesce(extract(epoch FROM now() - min("run_at") FILTER (WHERE "run_at" <= now())), 0)::float8 AS "waitSeconds"
      FROM "job" WHERE "library_id" = ANY (ARRAY (SELECT "id" FROM "library")) AND "state" = ANY (${states}::"job_state"[])
      GROUP BY "kind", "state"`,
    prisma.$queryRaw<StateCounts['assets'][number][]>`
      SELECT "state", count(*)::int AS "count" FROM "asset" WHERE "trashed_at" IS NULL GROUP BY "state"`,
  ]);
  return { jobs, assets };
}
