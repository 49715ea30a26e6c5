-- Which label others were merged into. Of merges that there were it shows where something was written of the one that stayed.
ALTER TABLE "label_batch" ADD COLUMN "into_id" uuid;
UPDATE "label_batch" SET "into_id" = (
  SELECT "label_id" FROM "label_event" WHERE "batch_id" = "label_batch"."id" AND "source" IS NOT NULL LIMIT 1)
WHERE "kind" = 'MERGE';
