-- Which label others were merged into.
ALTER TABLE "label_batch" ADD COLUMN "into_id" uuid;

-- Of merges of before, here and in archives, it shows where something was written of the one that stayed.
CREATE FUNCTION "merged_into" ("batch" uuid) RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
RETURN (SELECT "label_id" FROM "label_event" WHERE "batch_id" = "batch" AND "source" IS NOT NULL LIMIT 1);

UPDATE "label_batch" SET "into_id" = "merged_into" ("id") WHERE "kind" = 'MERGE';
