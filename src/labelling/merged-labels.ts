import { assignmentKey, type AssetAndLabel } from './label-changes.js';
import type { LibraryTransaction } from '../access/library-scope.js';

/**
 * Which label an asset has now in place of one that was merged away: the one of which its name is a synonym since, however
 * often that was merged again. None where nothing is left of it on the asset.
 * @returns ids of labels, by `assignmentKey` of what is gone
 */
export async function survivorsOf(
  transaction: LibraryTransaction,
  gone: readonly AssetAndLabel[],
): Promise<ReadonlyMap<string, string>> {
  if (gone.length === 0) return new Map();
  const pairs = gone.map(({ assetId, labelId }) => ({ assetId, labelId }));
  const rows = await transaction.$queryRaw<(AssetAndLabel & { survivorId: string })[]>`
    SELECT "assetId", "labelId", "label"."id" AS "survivorId"
    FROM jsonb_to_recordset(${JSON.stringify(pairs)}::jsonb) AS "gone" ("assetId" uuid, "labelId" uuid)
    CROSS JOIN LATERAL (
      SELECT "batch_id", "label_name" FROM "label_event" WHERE "label_id" = "labelId" AND "asset_id" = "assetId"
      ORDER BY "revision" DESC LIMIT 1) AS "last"
    JOIN "label_batch" ON "label_batch"."id" = "batch_id" AND "kind" = 'MERGE'
    JOIN "asset_label" ON "asset_id" = "assetId"
    JOIN "label" ON "label"."id" = "label_id" AND "deleted_at" IS NULL
      AND "label"."label_set_id" IS NOT DISTINCT FROM "label_batch"."label_set_id"
      AND EXISTS (SELECT FROM unnest("synonyms") AS "synonym" WHERE lower("synonym") = lower("label_name"))`;
  return new Map(rows.map((row) => [assignmentKey(row), row.survivorId]));
}
