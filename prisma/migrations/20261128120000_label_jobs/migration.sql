-- What changes about a label is taken to the assets that have it by jobs, a portion at a time: a label that a library of a
-- million pictures has takes longer than a transaction may.
ALTER TYPE "job_kind" ADD VALUE 'REFRESH_LABEL';
ALTER TYPE "job_kind" ADD VALUE 'DELETE_LABELS';

-- Nobody sees a row with a time here: it waits for what hangs on it to be taken away.
ALTER TABLE "label_set" ADD COLUMN "deleted_at" timestamptz(3);
ALTER TABLE "label"
  ADD COLUMN "deleted_at" timestamptz(3),
  ADD COLUMN "refreshed_up_to" uuid,
  ADD COLUMN "is_renamed" boolean NOT NULL DEFAULT false;
-- Its name is free at once.
DROP INDEX "label_set_library_id_name_key_key";
CREATE UNIQUE INDEX "label_set_library_id_name_key_key" ON "label_set" ("library_id", "name_key")
  WHERE "deleted_at" IS NULL;
DROP INDEX "label_library_id_label_set_id_name_key_key";
CREATE UNIQUE INDEX "label_library_id_label_set_id_name_key_key"
  ON "label" ("library_id", coalesce("label_set_id", '00000000-0000-0000-0000-000000000000'), "name_key")
  WHERE "deleted_at" IS NULL;
CREATE INDEX "label_deleted_idx" ON "label" ("library_id") WHERE "deleted_at" IS NOT NULL;
CREATE INDEX "label_set_deleted_idx" ON "label_set" ("library_id") WHERE "deleted_at" IS NOT NULL;

-- It wrote the words of all assets at once.
DROP TRIGGER "label_text_update" ON "label";
DROP FUNCTION "on_label_rename";

-- As before, but for labels that are being deleted.
CREATE OR REPLACE FUNCTION "refresh_asset_text" ("ids" uuid[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM 1 FROM "asset_text" WHERE "asset_id" = ANY ("ids") ORDER BY "asset_id" FOR UPDATE;
  UPDATE "asset_text" SET
    "words" = "asset_words" ("written"::regconfig, "title", "description", "tags" || "accepted", "original_name"),
    "spelling" = "asset_spelling" ("title", "description", "tags" || "accepted", "original_name")
  FROM "text_language", "asset",
    LATERAL (SELECT coalesce(array_agg("name" ORDER BY "name_key"), '{}') AS "accepted" FROM "asset_label"
      JOIN "label" ON "label"."id" = "label_id"
      WHERE "asset_label"."asset_id" = "asset"."id" AND "state" = 'ACCEPTED' AND "deleted_at" IS NULL) AS "labels"
  WHERE "asset_text"."asset_id" = ANY ("ids") AND "asset"."id" = "asset_text"."asset_id";
END $$;
