-- What is not to be taken from the file any more: a person has said it, or cleared it, or the file was read for it.
ALTER TABLE "asset" ADD COLUMN "settled_fields" text[] NOT NULL DEFAULT '{}';
-- Ratings have been read from no file yet, and nothing from one that could not be decoded.
UPDATE "asset" SET "settled_fields" = '{title,description,tags}' WHERE "thumbhash" IS NOT NULL;
