import { assignmentKey, type AssetAndLabel } from './label-changes.js';
import type { LibraryTransaction } from '../access/library-scope.js';

/**
 * Which label an asset has now in place of one that was merged away: the one that it was merged into, however often that
 * was merged again. None where nothing is left of it on the asset.
 * @returns ids of labels, by `assignmentKey` of what is gone
 */
export async function survivorsOf(
  transaction: LibraryTransaction,
  gone: readonly AssetAndLabel[],
): Promise<ReadonlyMap<string, string>> {
  if (gone.length === 0) return new Map();
  const pairs = gone.map(({ assetId, labelId }) => ({ assetId, labelId }));
  const rows = await transaction.$queryRaw<(AssetAndLabel & { survivorId: string })[]>`
    WITH RECURSIVE "became" AS (
      SELECT "assetId", "labelId", "labelId" AS "nowId"
      FROM jsonb_to_recordset(${JSON.stringify(pairs)}::jsonb) AS "gone" ("assetId" uuid, "labelId" uuid)
      UNION SELECT "assetId", "labelId", "into_id" FROM "became"
      CROSS JOIN LATERAL (
        SELECT "batch_id", "source" FROM "label_event" WHERE "label_id" = "nowId" AND "asset_id" = "assetId"
        ORDER BY "revision" DESC LIMIT 1) AS "last"
      JOIN "label_batch" ON "label_batch"."id" = "batch_id" AND "into_id" IS NOT NULL
      WHERE "source" IS NULL)
    SELECT "assetId", "labelId", "nowId" AS "survivorId" FROM "became"
    JOIN "asset_label" ON "asset_id" = "assetId" AND "label_id" = "nowId"
    JOIN "label" ON "label"."id" = "nowId" AND "deleted_at" IS NULL
    WHERE "nowId" <> "labelId"`;
  return new Map(rows.map((row) => [assignmentKey(row), row.survivorId]));
}
