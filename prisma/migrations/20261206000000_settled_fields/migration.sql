-- What is not to be taken from the file any more: a person has said it, or cleared it, or the file was read for it.
ALTER TABLE "asset" ADD COLUMN "settled_fields" text[] NOT NULL DEFAULT '{}';
-- Ratings have been read from no file yet, and nothing from one that could not be decoded.
-- Tags that are there are all that there are to be: before, they were taken only where there were none.
UPDATE "asset" SET "settled_fields" = CASE WHEN "thumbhash" IS NULL THEN '{tags}'::text[] ELSE '{title,description,tags}' END
WHERE "thumbhash" IS NOT NULL OR cardinality("tags") > 0;
