-- What searches by words look in: a table of its own, so that a label that is accepted does not write the asset anew in
-- each of its indexes. Triggers keep it, in the transaction of the change, whoever makes it.
ALTER TABLE "asset" DROP COLUMN "words";
DROP FUNCTION "asset_words";

-- The language whose forms of words count as one: of what is written now, and of all that is written. One row.
CREATE TABLE "text_language" (
  "only_row" boolean PRIMARY KEY DEFAULT true CHECK ("only_row"),
  "written" text NOT NULL,
  "complete" text NOT NULL
);
INSERT INTO "text_language" ("written", "complete") VALUES ('english', 'english');

CREATE TABLE "asset_text" (
  "asset_id" uuid PRIMARY KEY REFERENCES "asset" ("id") ON DELETE CASCADE,
  "words" tsvector NOT NULL,
  "spelling" text NOT NULL
);
CREATE INDEX "asset_text_words_idx" ON "asset_text" USING gin ("words");
CREATE INDEX "asset_text_spelling_idx" ON "asset_text" USING gin ("spelling" gin_trgm_ops);

-- Words alone: else Postgres would take "a.b" for the name of a host, and "1/2" for a path.
CREATE FUNCTION "plain_words" ("text" text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN regexp_replace(coalesce("text", ''), '[[:punct:][:space:]]+', ' ', 'g');

-- A file name taken apart where its letters change case or turn into digits: "harbourView_0042" is "harbour View 0042".
CREATE FUNCTION "name_parts" ("name" text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN regexp_replace(regexp_replace("plain_words" ("name"), '([[:lower:]])([[:upper:]])', '\1 \2', 'g'),
  '([[:alpha:]])(?=[[:digit:]])|([[:digit:]])(?=[[:alpha:]])', '\1\2 ', 'g');

-- The title weighs most, then tags and accepted labels, the description, the file name. A word that there is not, left out in
-- the end, keeps apart what is written apart: no phrase spans two tags.
CREATE FUNCTION "asset_words" ("language" regconfig, "title" text, "description" text, "tags" text[],
  "original_name" text) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN ts_delete(setweight(to_tsvector("language", "plain_words" ("title")), 'A')
  || setweight(to_tsvector("language", 'x0gap0x ' || "plain_words" (array_to_string("tags", ' x0gap0x '))), 'B')
  || setweight(to_tsvector("language", 'x0gap0x ' || "plain_words" ("description")), 'C')
  || setweight(to_tsvector("language", 'x0gap0x ' || "plain_words" ("original_name") || ' x0gap0x ' ||
       "name_parts" ("original_name")), 'D'), 'x0gap0x');

CREATE FUNCTION "asset_spelling" ("title" text, "description" text, "tags" text[], "original_name" text)
RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
RETURN concat_ws(' ', "title", array_to_string("tags", ' '), "description", "original_name", "name_parts" ("original_name"));

-- Each row is locked before anything is read: of two changes to one asset at a time, the later one sees the earlier.
CREATE FUNCTION "refresh_asset_text" ("ids" uuid[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM 1 FROM "asset_text" WHERE "asset_id" = ANY ("ids") ORDER BY "asset_id" FOR UPDATE;
  UPDATE "asset_text" SET
    "words" = "asset_words" ("written"::regconfig, "title", "description", "tags" || "accepted", "original_name"),
    "spelling" = "asset_spelling" ("title", "description", "tags" || "accepted", "original_name")
  FROM "text_language", "asset",
    LATERAL (SELECT coalesce(array_agg("name" ORDER BY "name_key"), '{}') AS "accepted" FROM "asset_label"
      JOIN "label" ON "label"."id" = "label_id" WHERE "asset_label"."asset_id" = "asset"."id" AND "state" = 'ACCEPTED')
      AS "labels"
  WHERE "asset_text"."asset_id" = ANY ("ids") AND "asset"."id" = "asset_text"."asset_id";
END $$;

CREATE FUNCTION "on_asset_insert" () RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO "asset_text" ("asset_id", "words", "spelling")
  SELECT "id", "asset_words" ("written"::regconfig, "title", "description", "tags", "original_name"),
    "asset_spelling" ("title", "description", "tags", "original_name")
  FROM "added", "text_language";
  RETURN NULL;
END $$;
CREATE TRIGGER "asset_text_insert" AFTER INSERT ON "asset" REFERENCING NEW TABLE AS "added"
  FOR EACH STATEMENT EXECUTE FUNCTION "on_asset_insert" ();

CREATE FUNCTION "on_asset_update" () RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM "refresh_asset_text" (ARRAY[NEW."id"]);
  RETURN NULL;
END $$;
CREATE TRIGGER "asset_text_update" AFTER UPDATE OF "title", "description", "tags", "original_name" ON "asset" FOR EACH ROW
  WHEN ((OLD."title", OLD."description", OLD."tags", OLD."original_name")
    IS DISTINCT FROM (NEW."title", NEW."description", NEW."tags", NEW."original_name"))
  EXECUTE FUNCTION "on_asset_update" ();

-- Once a statement, however many labels it writes; suggestions change no words.
CREATE FUNCTION "on_asset_label_change" () RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE "ids" uuid[];
BEGIN
  SELECT array_agg(DISTINCT "asset_id") INTO "ids" FROM "changed" WHERE "state" = 'ACCEPTED';
  IF "ids" IS NOT NULL THEN PERFORM "refresh_asset_text" ("ids"); END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER "asset_label_text_insert" AFTER INSERT ON "asset_label" REFERENCING NEW TABLE AS "changed"
  FOR EACH STATEMENT EXECUTE FUNCTION "on_asset_label_change" ();
CREATE TRIGGER "asset_label_text_delete" AFTER DELETE ON "asset_label" REFERENCING OLD TABLE AS "changed"
  FOR EACH STATEMENT EXECUTE FUNCTION "on_asset_label_change" ();
-- Both what was accepted and what is: a statement sees one table, so there are two of them.
CREATE TRIGGER "asset_label_text_update_from" AFTER UPDATE ON "asset_label" REFERENCING OLD TABLE AS "changed"
  FOR EACH STATEMENT EXECUTE FUNCTION "on_asset_label_change" ();
CREATE TRIGGER "asset_label_text_update_to" AFTER UPDATE ON "asset_label" REFERENCING NEW TABLE AS "changed"
  FOR EACH STATEMENT EXECUTE FUNCTION "on_asset_label_change" ();

-- The assets of a library that have a word, in any form; where there is none, those with one that is written alike. Of a word of less
-- than four letters too many others are.
CREATE FUNCTION "assets_with_word" ("library" uuid, "word" text, "query" tsquery) RETURNS SETOF uuid
LANGUAGE plpgsql STABLE SET "pg_trgm.word_similarity_threshold" = 0.5 AS $$
BEGIN
  RETURN QUERY SELECT "asset_id" FROM "asset_text" JOIN "asset" ON "id" = "asset_id"
    WHERE "words" @@ "query" AND "library_id" = "library";
  IF NOT FOUND AND length("word") >= 4 THEN
    RETURN QUERY SELECT "asset_id" FROM "asset_text" JOIN "asset" ON "id" = "asset_id"
      WHERE "word" <% "spelling" AND "library_id" = "library";
  END IF;
END $$;

INSERT INTO "asset_text" ("asset_id", "words", "spelling") SELECT "id", '', '' FROM "asset";
SELECT "refresh_asset_text" (ARRAY(SELECT "id" FROM "asset"));
