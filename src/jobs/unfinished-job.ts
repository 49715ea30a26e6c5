import { Prisma } from '../database/database.js';
import type { JobKind } from '../database/generated/enums.js';

/** The condition that the asset of a row of "asset" has a job of that kind that waits or runs. */
export function hasUnfinishedJob(kind: JobKind): Prisma.Sql {
  return Prisma.sql`EXISTS (
    SELECT FROM "job" WHERE "asset_id" = "asset"."id" AND "kind" = ${kind}::"job_kind" AND "state" IN ('QUEUED', 'RUNNING'))`;
}
