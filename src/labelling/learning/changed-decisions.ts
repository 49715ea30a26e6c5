import { teaches } from './human-decisions.js';
import { Prisma } from '../../database/database.js';

const IS_EXCLUSIVE = Prisma.sql`"head"."is_exclusive"`;

/**
 * What has become of the decisions that taught a head since they were read, by the history: one row for one of
 * "label_head" as "head". `gone` counts those that do not stand any more, `turned` those of them in whose place another
 * stands. What was decided only after they were read taught it nothing, and what is again as it was has not changed. A time
 * that lies ahead, as of an archive from elsewhere, would outdate every new head. What was rejected, or decided in bulk, taught
 * a head of an exclusive set nothing, see `teaches`.
 *
 * No other kind of batch changes what people decided of labels that are there.
 */
export const CHANGED_SINCE = Prisma.sql`
  SELECT count(*)::int AS "gone", count("now"."state")::int AS "turned"
  FROM (
    SELECT DISTINCT ON ("label_id", "asset_id") "label_id", "asset_id", "from_source", "from_state", "was_in_bulk"
    FROM "label_batch" AS "batch" JOIN "label_event" AS "event" ON "event"."batch_id" = "batch"."id"
      JOIN "label" ON "label"."id" = "label_id"
    WHERE "batch"."library_id" = "head"."library_id" AND "batch"."created_at" BETWEEN "head"."read_at" AND now()
      AND ("batch"."label_set_id" = "head"."label_set_id" OR "batch"."label_set_id" IS NULL)
      AND "batch"."kind" IN ('EDIT', 'REVIEW', 'MERGE', 'UNDO', 'DUPLICATES')
      AND "label"."label_set_id" = "head"."label_set_id" AND "label"."deleted_at" IS NULL
    ORDER BY "label_id", "asset_id", "revision") AS "first"
  JOIN "embedding" USING ("asset_id")
  LEFT JOIN "asset_label" AS "now" ON "now"."asset_id" = "first"."asset_id" AND "now"."label_id" = "first"."label_id"
    AND ${teaches('now', IS_EXCLUSIVE)}
  WHERE "from_source" = 'HUMAN' AND "from_state" <> 'SUGGESTED'
    AND NOT (("was_in_bulk" OR "from_state" = 'REJECTED') AND ${IS_EXCLUSIVE})
    AND "from_state" IS DISTINCT FROM "now"."state"
    AND "embedding"."model_id" = "head"."model_id" AND "embedding"."failure_code" IS NULL`;
