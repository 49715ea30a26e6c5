-- Names that are stop words and nothing else, as "The Who" or "IT": nothing is left of them, so that no word would find them.
CREATE FUNCTION "names_of_stop_words" ("language" regconfig, "names" text[]) RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN ARRAY(SELECT "name" FROM unnest("names") AS "name" WHERE to_tsvector("language", "plain_words" ("name")) = '');

-- As before, and the words of such titles, tags, labels and file names (without their endings), which are kept as they are.
CREATE OR REPLACE FUNCTION "asset_words" ("language" regconfig, "title" text, "description" text, "tags" text[],
  "original_name" text) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN ts_delete(setweight(to_tsvector("language", "plain_words" ("title")), 'A')
  || setweight(to_tsvector("language", 'x0gap0x ' || "plain_words" (array_to_string("tags", ' x0gap0x '))), 'B')
  || setweight(to_tsvector("language", 'x0gap0x ' || "plain_words" ("description")), 'C')
  || setweight(to_tsvector("language", 'x0gap0x ' || "plain_words" ("original_name") || ' x0gap0x ' ||
       "name_parts" ("original_name")), 'D')
  || setweight(to_tsvector('simple', 'x0gap0x ' || "plain_words" (array_to_string("names_of_stop_words" ("language",
       "tags" || "title" || regexp_replace("original_name", '\.[^.]*$', '')), ' x0gap0x '))), 'A'), 'x0gap0x');

-- The assets that have such a name; looked at once each where many have the same. File names mostly have a digit, stop words none.
SELECT "refresh_asset_text" (ARRAY(
  SELECT "id" FROM "asset", "text_language"
  WHERE "title" IS NOT NULL AND "names_of_stop_words" ("written"::regconfig, ARRAY["title"]) <> '{}'
    OR "original_name" !~ '^[^.]*[0-9]'
      AND "names_of_stop_words" ("written"::regconfig, ARRAY[regexp_replace("original_name", '\.[^.]*$', '')]) <> '{}'
  UNION
  SELECT "id" FROM "asset" WHERE "tags" && (
    SELECT "names_of_stop_words" ("written"::regconfig, ARRAY(SELECT DISTINCT unnest("tags") FROM "asset"))
    FROM "text_language")
  UNION
  SELECT "asset_id" FROM "asset_label" JOIN "label" ON "label"."id" = "label_id", "text_language"
  WHERE "state" = 'ACCEPTED' AND "names_of_stop_words" ("written"::regconfig, "name" || "synonyms") <> '{}'));
