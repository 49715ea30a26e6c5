import { assignmentKey, type AssetAndLabel } from './label-changes.js';
import type { LibraryTransaction } from '../access/library-scope.js';
import { LabelBatchKind } from '../database/generated/enums.js';

/**
 * What people do: what a model suggests is taken back by rejecting it, a merge has no label to go back to, and of
 * duplicates that became one labels are a part only.
 */
export const UNDOABLE = [LabelBatchKind.EDIT, LabelBatchKind.REVIEW, LabelBatchKind.ACCEPT_ABOVE];

/** How far undos can come down the changes of a label on an asset. */
export interface Reach {
  /** The last revision that no undo takes back, as one of a merge or one that has no event; 0 for none. */
  readonly fixedRevision: number;
  /** How many changes stand above it. */
  readonly standing: number;
}

/** @returns by `assignmentKey`; none of what has no history */
export async function undoReachOf(
  transaction: LibraryTransaction,
  pairs: readonly AssetAndLabel[],
): Promise<ReadonlyMap<string, Reach>> {
  if (pairs.length === 0) return new Map();
  const wanted = pairs.map(({ assetId, labelId }) => ({ assetId, labelId }));
  const rows = await transaction.$queryRaw<(AssetAndLabel & Reach)[]>`
    WITH "change" AS (
      SELECT "assetId", "labelId", "event"."revision", "kind",
        "event"."revision" - 1 > lag("event"."revision", 1, 0) OVER "pile" AS "isAfterGap",
        lead("event"."revision") OVER "pile" IS NULL AND "row"."revision" > "event"."revision" AS "isBeforeGap",
        "row"."revision" AS "rowRevision"
      FROM (
        SELECT DISTINCT * FROM jsonb_to_recordset(${JSON.stringify(wanted)}::jsonb)
          AS "wanted" ("assetId" uuid, "labelId" uuid)) AS "wanted"
      JOIN "label_event" AS "event" ON "event"."label_id" = "labelId" AND "event"."asset_id" = "assetId"
      JOIN "label_batch" ON "label_batch"."id" = "batch_id"
      LEFT JOIN "asset_label" AS "row" ON "row"."label_id" = "labelId" AND "row"."asset_id" = "assetId"
      WINDOW "pile" AS (PARTITION BY "assetId", "labelId" ORDER BY "event"."revision")),
    "fixed" AS (
      SELECT "assetId", "labelId", max(CASE
        WHEN "isBeforeGap" THEN "rowRevision"
        WHEN "kind" <> 'UNDO' AND "kind" <> ALL(${UNDOABLE}::label_batch_kind[]) THEN "revision"
        WHEN "isAfterGap" THEN "revision" - 1
        ELSE 0 END) AS "fixedRevision"
      FROM "change" GROUP BY 1, 2)
    SELECT "assetId", "labelId", "fixedRevision",
      (coalesce(sum(CASE "kind" WHEN 'UNDO' THEN -1 ELSE 1 END) FILTER (WHERE "revision" > "fixedRevision"), 0))::int AS "standing"
    FROM "fixed" JOIN "change" USING ("assetId", "labelId") GROUP BY 1, 2, 3`;
  return new Map(rows.map((row) => [assignmentKey(row), row]));
}
