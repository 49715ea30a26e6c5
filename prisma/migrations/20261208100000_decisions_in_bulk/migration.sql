-- Whether a label was decided by how sure a model was, and nobody has decided of that picture since; and whether what there
-- was before a change had been.
ALTER TABLE "asset_label" ADD COLUMN "is_in_bulk" BOOLEAN NOT NULL DEFAULT false;
ALTER TABLE "label_event" ADD COLUMN "was_in_bulk" BOOLEAN NOT NULL DEFAULT false;

UPDATE "label_event" AS "next" SET "was_in_bulk" = true
FROM "label_event" AS "event" JOIN "label_batch" AS "batch" ON "batch"."id" = "event"."batch_id"
WHERE "batch"."kind" = 'ACCEPT_ABOVE' AND "next"."label_id" = "event"."label_id" AND "next"."asset_id" = "event"."asset_id"
  AND "next"."revision" = "event"."revision" + 1;

-- Nothing that anybody could see changes, so nobody is told.
ALTER TABLE "asset_label" DISABLE TRIGGER USER;
UPDATE "asset_label" SET "is_in_bulk" = true
FROM "label_event" AS "event" JOIN "label_batch" AS "batch" ON "batch"."id" = "event"."batch_id"
WHERE "batch"."kind" = 'ACCEPT_ABOVE' AND "asset_label"."label_id" = "event"."label_id"
  AND "asset_label"."asset_id" = "event"."asset_id" AND "asset_label"."revision" = "event"."revision" AND NOT "is_upheld";
-- What an undo brought back, and what was carried to another label or asset, has kept the time of the decision.
UPDATE "asset_label" SET "is_in_bulk" = true
WHERE NOT "is_in_bulk" AND NOT "is_upheld" AND "source" = 'HUMAN' AND ("asset_id", "decided_at") IN (
  SELECT "asset_id", "from_decided_at" FROM "label_event" WHERE "was_in_bulk");
UPDATE "asset_label" SET "is_in_bulk" = true
WHERE NOT "is_in_bulk" AND NOT "is_upheld" AND "source" = 'HUMAN' AND ("label_id", "decided_at") IN (
  SELECT "label_id", "decided_at" FROM "asset_label" WHERE "is_in_bulk"
  UNION ALL SELECT "label_id", "from_decided_at" FROM "label_event" WHERE "was_in_bulk");
ALTER TABLE "asset_label" ENABLE TRIGGER USER;
-- So it has where it was replaced later.
UPDATE "label_event" SET "was_in_bulk" = true
WHERE NOT "was_in_bulk" AND "from_source" = 'HUMAN' AND ("asset_id", "from_decided_at") IN (
  SELECT "asset_id", "decided_at" FROM "asset_label" WHERE "is_in_bulk"
  UNION ALL SELECT "asset_id", "from_decided_at" FROM "label_event" WHERE "was_in_bulk");

-- What labels that compete were taught by such decisions answers no more, and does not come back: the sets learn anew, by the
-- others.
UPDATE "label_head" AS "head" SET "state" = 'RETIRED', "activated_at" = NULL
WHERE ("state" = 'ACTIVE' OR "activated_at" IS NOT NULL) AND "is_exclusive" AND (
  EXISTS (
    SELECT FROM "asset_label"
    WHERE "label_id" = ANY ("head"."label_ids") AND "is_in_bulk" AND "updated_at" <= "head"."read_at")
  OR EXISTS (
    SELECT FROM "label_event"
    WHERE "label_id" = ANY ("head"."label_ids") AND "was_in_bulk" AND "from_decided_at" <= "head"."read_at"
      AND "at" > "head"."read_at"));
