import { Prisma } from '../database/database.js';

/**
 * Has automatic label sets asked about the assets of "ready" ("id", "library_id"), as further parts of its WITH: each is written
 * down for each set, with a job of the set where none waits. One that waits is locked: nobody takes it before what it is to do
 * is there.
 */
export const SUGGEST_LABELS = Prisma.sql`
  "automatic" AS (
    SELECT "id", "library_id" FROM "label_set" WHERE "is_automatic" AND "deleted_at" IS NULL
      AND "library_id" IN (SELECT "library_id" FROM "ready")),
  "unsuggested" AS (
    INSERT INTO "unsuggested_asset" ("label_set_id", "asset_id")
    SELECT "automatic"."id", "ready"."id" FROM "automatic" JOIN "ready" USING ("library_id") ON CONFLICT DO NOTHING),
  "waiting" AS (
    SELECT "asset_id" FROM "job" WHERE "asset_id" IN (SELECT "id" FROM "automatic") AND "kind" = 'SUGGEST_LABELS'
      AND "state" = 'QUEUED' ORDER BY "id" FOR UPDATE),
  "suggesting" AS (
    INSERT INTO "job" ("id", "library_id", "kind", "asset_id")
    SELECT gen_random_uuid(), "library_id", 'SUGGEST_LABELS', "id" FROM "automatic"
    WHERE "id" NOT IN (SELECT "asset_id" FROM "waiting"))`;

/** As above, about one asset that has come in READY. */
export async function suggestLabels(
  transaction: Prisma.TransactionClient,
  { id, libraryId }: { readonly id: string; readonly libraryId: string },
): Promise<void> {
  await transaction.$queryRaw`
    WITH "ready" AS (SELECT ${id}::uuid AS "id", ${libraryId}::uuid AS "library_id"), ${SUGGEST_LABELS} SELECT`;
}
