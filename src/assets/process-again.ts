import { Prisma } from '../database/database.js';
import type { AssetState } from '../database/generated/enums.js';

/** What is written of an asset that is to be processed once more. */
export const PENDING_AGAIN = Prisma.sql`"state" = 'PENDING', "processed_at" = NULL, "failure_code" = NULL,
  "failure_message" = NULL, "updated_at" = now()`;

/** Makes assets of a state PENDING, with a job in the place of one that was given up, in one statement. */
export async function processAgain(
  prisma: Pick<Prisma.TransactionClient, '$executeRaw'>,
  assetIds: readonly string[],
  state: Exclude<AssetState, 'PENDING'>,
): Promise<void> {
  await prisma.$executeRaw`
    WITH "changed" AS (
      UPDATE "asset" SET ${PENDING_AGAIN}
      WHERE "id" = ANY(${[...assetIds]}::uuid[]) AND "state" = ${state}::"asset_state" RETURNING "id", "library_id"),
    "replaced" AS (
      DELETE FROM "job" USING "changed"
      WHERE "job"."asset_id" = "changed"."id" AND "job"."kind" = 'PROCESS_ASSET' AND "job"."state" = 'FAILED')
    INSERT INTO "job" ("id", "library_id", "kind", "asset_id")
    SELECT gen_random_uuid(), "library_id", 'PROCESS_ASSET', "id" FROM "changed"`;
}
