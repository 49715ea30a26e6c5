import { MAX_IDS } from './assets.service.js';
import { PENDING_AGAIN } from './process-again.js';
import type { Libraries } from '../access/libraries.js';
import type { Viewer } from '../access/viewer.js';
import { AfterimageError, expected } from '../errors.js';
import { isId } from '../id.js';
import type { JobQueue } from '../jobs/job-queue.js';

/** Which dead jobs: these, or all of the library. */
export interface DeadJobs {
  readonly ids?: readonly string[] | null;
  readonly all?: boolean | null;
}

export interface RetryOutcome {
  readonly retriedCount: number;
  /** Of which no job in this library has failed. */
  readonly missingIds: readonly string[];
}

/** Jobs that were given up. */
export class DeadJobsService {
  constructor(
    private readonly libraries: Libraries,
    private readonly queue: JobQueue,
  ) {}

  /**
   * Has them tried again as if for the first time; the FAILED assets that were to be processed are PENDING again,
   * and FAILED classifications go on where they were.
   * @throws INVALID_ARGUMENT
   */
  async retry({ libraryId }: Viewer, { ids, all }: DeadJobs): Promise<RetryOutcome> {
    if ((ids != null) === (all ?? false))
      throw new AfterimageError('INVALID_ARGUMENT', 'expected one of ids and all, received both or neither');
    if ((ids?.length ?? 0) > MAX_IDS)
      throw new AfterimageError('INVALID_ARGUMENT', expected(`at most ${MAX_IDS} ids`, 'ids', ids));
    const unique = [...new Set(ids)];
    const retried = await this.libraries.rows(libraryId).$queryRaw<{ id: string }[]>`
      WITH "retried" AS (
        UPDATE "job" SET "state" = 'QUEUED', "failures" = 0, "deaths" = 0, "run_at" = now(), "finished_at" = NULL
        WHERE "library_id" = ${libraryId}::uuid AND "state" = 'FAILED'
          AND (${ids == null} OR "id" = ANY(${unique.filter(isId)}::uuid[]))
        RETURNING "id", "kind", "asset_id"
      ), "reopened" AS (
        UPDATE "asset" SET ${PENDING_AGAIN}
        FROM "retried" WHERE "retried"."kind" = 'PROCESS_ASSET' AND "asset"."id" = "retried"."asset_id"
          AND "asset"."state" = 'FAILED'
      ), "resumed" AS (
        UPDATE "classification" SET "state" = 'RUNNING', "error_code" = NULL, "error_message" = NULL, "finished_at" = NULL
        FROM "retried" WHERE "retried"."kind" = 'CLASSIFY_ASSETS' AND "classification"."id" = "retried"."asset_id"
          AND "classification"."state" = 'FAILED'
      ) SELECT "id" FROM "retried"`;
    this.queue.announce();
    const found = new Set(retried.map(({ id }) => id));
    return { retriedCount: found.size, missingIds: unique.filter((id) => !found.has(id)) };
  }
}
