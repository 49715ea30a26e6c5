-- As before, but with the synonyms of accepted labels, each of which is a word of its own.
CREATE OR REPLACE FUNCTION "refresh_asset_text" ("ids" uuid[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM 1 FROM "asset_text" WHERE "asset_id" = ANY ("ids") ORDER BY "asset_id" FOR UPDATE;
  UPDATE "asset_text" SET
    "words" = "asset_words" ("written"::regconfig, "title", "description", "tags" || "accepted", "original_name"),
    "spelling" = "asset_spelling" ("title", "description", "tags" || "accepted", "original_name")
  FROM "text_language", "asset",
    LATERAL (SELECT coalesce(array_agg("word" ORDER BY "name_key", "place"), '{}') AS "accepted" FROM "asset_label"
      JOIN "label" ON "label"."id" = "label_id",
      LATERAL unnest("name" || "synonyms") WITH ORDINALITY AS "words" ("word", "place")
      WHERE "asset_label"."asset_id" = "asset"."id" AND "state" = 'ACCEPTED' AND "deleted_at" IS NULL) AS "labels"
  WHERE "asset_text"."asset_id" = ANY ("ids") AND "asset"."id" = "asset_text"."asset_id";
END $$;

-- The assets that there are learn of them by jobs.
UPDATE "label" SET "refreshed_up_to" = '00000000-0000-0000-0000-000000000000'
WHERE "synonyms" <> '{}' AND "deleted_at" IS NULL;
INSERT INTO "job" ("id", "library_id", "kind", "asset_id")
SELECT gen_random_uuid(), "library_id", 'REFRESH_LABEL', "id" FROM "label"
WHERE "synonyms" <> '{}' AND "deleted_at" IS NULL;
