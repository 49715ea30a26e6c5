import type { PrismaClient } from '../../database/database.js';
import { BACKGROUND, type JobQueue } from '../../jobs/job-queue.js';

/** Jobs of the background that wait at once, as far as these are concerned. */
const WINDOW = 200;
/** When there was nothing to do, an import may have brought something. */
const REST_MS = 5 * 60_000;

/**
 * Has a fingerprint made for each READY asset that has none that was compared: of a version before, or out of an archive.
 * Some at a time.
 */
export class FingerprintFeeder {
  #restUntil = 0;

  constructor(
    private readonly prisma: PrismaClient,
    private readonly queue: JobQueue,
  ) {}

  /** To be called now and then. What failed for good is left alone until somebody has it tried again. */
  async feed(): Promise<void> {
    if (Date.now() < this.#restUntil) return;
    const [{ enqueued, room }] = await this.prisma.$queryRaw<[{ enqueued: number; room: number }]>`
      WITH "window" AS (
        SELECT greatest(0, ${WINDOW}::int - count(*)::int) AS "room" FROM "job"
        WHERE "state" = 'QUEUED' AND "kind" = ${BACKGROUND}::"job_kind"
      ), "enqueued" AS (
        INSERT INTO "job" ("id", "library_id", "kind", "asset_id")
        SELECT gen_random_uuid(), "library_id", ${BACKGROUND}::"job_kind", "id" FROM "asset"
        WHERE "state" = 'READY' AND NOT EXISTS (SELECT FROM "fingerprint" WHERE "asset_id" = "asset"."id" AND "is_compared")
          AND NOT EXISTS (SELECT FROM "job" WHERE "asset_id" = "asset"."id" AND "kind" = ${BACKGROUND}::"job_kind"
            AND "job"."state" <> 'SUCCEEDED')
        LIMIT (SELECT "room" FROM "window")
        RETURNING 1
      ) SELECT (SELECT count(*)::int FROM "enqueued") AS "enqueued", "room" FROM "window"`;
    if (enqueued > 0) this.queue.announce();
    else if (room > 0) this.#restUntil = Date.now() + REST_MS;
  }
}
