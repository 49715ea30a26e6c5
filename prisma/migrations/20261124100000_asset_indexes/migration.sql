-- Parts of words. Whoever may create in the database may make this extension: since Postgres 13 it is a trusted one.
CREATE EXTENSION IF NOT EXISTS "pg_trgm";
CREATE INDEX "asset_original_name_trgm_idx" ON "asset" USING gin ("original_name" gin_trgm_ops);
CREATE INDEX "asset_title_trgm_idx" ON "asset" USING gin ("title" gin_trgm_ops);

-- Whole words, in any form that English gives them, the title weighing most. A file name counts as it stands and taken
-- apart where its letters change case or turn into digits: "harbourView_0042" is also found by "harbour" and by "0042".
CREATE FUNCTION "asset_words" ("title" text, "description" text, "tags" text[], "original_name" text)
RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN setweight(to_tsvector('english', coalesce("title", '')), 'A')
  || setweight(to_tsvector('english', array_to_string("tags", ' , ')), 'B')
  || setweight(to_tsvector('english', coalesce("description", '')), 'C')
  || setweight(to_tsvector('english', regexp_replace("original_name", '[[:punct:][:space:]]+', ' ', 'g') || ' ' ||
       regexp_replace(regexp_replace(regexp_replace("original_name", '[[:punct:][:space:]]+', ' ', 'g'),
         '([[:lower:]])([[:upper:]])', '\1 \2', 'g'),
         '([[:alpha:]])(?=[[:digit:]])|([[:digit:]])(?=[[:alpha:]])', '\1\2 ', 'g')), 'D');
ALTER TABLE "asset" ADD COLUMN "words" tsvector
  GENERATED ALWAYS AS ("asset_words" ("title", "description", "tags", "original_name")) STORED;
CREATE INDEX "asset_words_idx" ON "asset" USING gin ("words");

-- A list shows what is in the trash or what is not, never both: then the lists of the others stay short, and counting
-- them reads an index alone.
DROP INDEX "asset_library_id_uploaded_at_id_idx";
DROP INDEX "asset_library_id_captured_at_id_idx";
DROP INDEX "asset_library_id_original_name_id_idx";
DROP INDEX "asset_library_id_byte_size_id_idx";
CREATE INDEX "asset_uploaded_at_idx" ON "asset" ("library_id", "uploaded_at", "id") WHERE "trashed_at" IS NULL;
CREATE INDEX "asset_captured_at_idx" ON "asset" ("library_id", "captured_at", "id") WHERE "trashed_at" IS NULL;
CREATE INDEX "asset_original_name_idx" ON "asset" ("library_id", "original_name", "id") WHERE "trashed_at" IS NULL;
CREATE INDEX "asset_byte_size_idx" ON "asset" ("library_id", "byte_size", "id") WHERE "trashed_at" IS NULL;
CREATE INDEX "asset_trashed_idx" ON "asset" ("library_id", "uploaded_at", "id") WHERE "trashed_at" IS NOT NULL;
-- What is rare is found without reading the whole of an order, and what is common is counted without reading the rows.
CREATE INDEX "asset_facets_idx" ON "asset"
  ("library_id", "state", "orientation", "mime_type", "is_favourite", "rating", "width", "height")
  WHERE "trashed_at" IS NULL;
