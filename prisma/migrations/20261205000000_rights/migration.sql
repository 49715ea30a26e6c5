-- Whose a picture is: byline, credit line and copyright notice.
ALTER TABLE "asset" ADD COLUMN "creator" text, ADD COLUMN "credit" text, ADD COLUMN "copyright" text;

-- As before, and by whose the asset is, which weighs as little as its file name: it says nothing of what there is to be seen.
DROP FUNCTION "asset_words" (regconfig, text, text, text[], text);
CREATE FUNCTION "asset_words" ("language" regconfig, "title" text, "description" text, "tags" text[], "original_name" text,
  "rights" text[]) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN ts_delete(setweight(to_tsvector("language", "plain_words" ("spellings" ("title"))), 'A')
  || setweight(to_tsvector("language", 'x0gap0x ' || "plain_words" ("spellings" (array_to_string("tags", ' x0gap0x ')))), 'B')
  || setweight(to_tsvector("language", 'x0gap0x ' || "plain_words" ("spellings" ("description"))), 'C')
  || setweight(to_tsvector("language", 'x0gap0x ' || "plain_words" ("spellings" ("original_name")) || ' x0gap0x ' ||
       "plain_words" ("spellings" ("name_parts" ("original_name")))), 'D')
  || setweight(to_tsvector("language", 'x0gap0x ' || "plain_words" ("spellings" (array_to_string("rights", ' x0gap0x ')))), 'D')
  || setweight(to_tsvector('simple', 'x0gap0x ' || "plain_words" (array_to_string("names_of_stop_words" ("language",
       "tags" || "title" || regexp_replace("original_name", '\.[^.]*$', '')), ' x0gap0x '))), 'A'), 'x0gap0x');

DROP FUNCTION "asset_spelling" (text, text, text[], text);
CREATE FUNCTION "asset_spelling" ("title" text, "description" text, "tags" text[], "original_name" text,
  "rights" text[] DEFAULT '{}') RETURNS text LANGUAGE plpgsql STABLE PARALLEL SAFE COST 10 AS $$
DECLARE
  "text" text := concat_ws(' ', "title", array_to_string("tags", ' '), "description", "original_name",
    "name_parts" ("original_name"), nullif(array_to_string("rights", ' '), ''));
BEGIN
  IF octet_length("text") = length("text") THEN RETURN "text"; END IF;
  RETURN concat_ws(' ', "folded" ("text"), nullif("folded" (normalize("text", NFKC)), "folded" ("text")));
END $$;

CREATE OR REPLACE FUNCTION "refresh_asset_text" ("ids" uuid[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM 1 FROM "asset_text" WHERE "asset_id" = ANY ("ids") ORDER BY "asset_id" FOR UPDATE;
  UPDATE "asset_text" SET
    "words" = "asset_words" ("written"::regconfig, "title", "description", "tags" || "accepted", "original_name",
      ARRAY["creator", "credit", "copyright"]),
    "spelling" = "asset_spelling" ("title", "description", "tags" || "accepted", "original_name",
      ARRAY["creator", "credit", "copyright"])
  FROM "text_language", "asset",
    LATERAL (SELECT coalesce(array_agg("word" ORDER BY "name_key", "place"), '{}') AS "accepted" FROM "asset_label"
      JOIN "label" ON "label"."id" = "label_id",
      LATERAL unnest("name" || "synonyms") WITH ORDINALITY AS "words" ("word", "place")
      WHERE "asset_label"."asset_id" = "asset"."id" AND "state" = 'ACCEPTED' AND "deleted_at" IS NULL) AS "labels"
  WHERE "asset_text"."asset_id" = ANY ("ids") AND "asset"."id" = "asset_text"."asset_id";
END $$;

CREATE OR REPLACE FUNCTION "on_asset_insert" () RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO "asset_text" ("asset_id", "words", "spelling")
  SELECT "id", "asset_words" ("written"::regconfig, "title", "description", "tags", "original_name",
      ARRAY["creator", "credit", "copyright"]),
    "asset_spelling" ("title", "description", "tags", "original_name", ARRAY["creator", "credit", "copyright"])
  FROM "added", "text_language";
  RETURN NULL;
END $$;

DROP TRIGGER "asset_text_update" ON "asset";
CREATE TRIGGER "asset_text_update"
  AFTER UPDATE OF "title", "description", "tags", "original_name", "creator", "credit", "copyright" ON "asset" FOR EACH ROW
  WHEN ((OLD."title", OLD."description", OLD."tags", OLD."original_name", OLD."creator", OLD."credit", OLD."copyright")
    IS DISTINCT FROM
    (NEW."title", NEW."description", NEW."tags", NEW."original_name", NEW."creator", NEW."credit", NEW."copyright"))
  EXECUTE FUNCTION "on_asset_update" ();
