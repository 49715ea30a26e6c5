-- What a model thinks of a decision is noted on it without a new revision, and is no change of labels: a classification of
-- a library that people have decided of told webhooks of every asset, and wrote the words of each anew.
DROP TRIGGER "asset_label_text_update_from" ON "asset_label";
DROP TRIGGER "asset_label_text_update_to" ON "asset_label";
DROP TRIGGER "webhook_labels_update" ON "asset_label";

-- As before, but of an update those alone that were accepted or are so.
CREATE OR REPLACE FUNCTION "on_asset_label_change" () RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE "ids" uuid[];
BEGIN
  IF TG_OP = 'UPDATE' THEN
    SELECT array_agg(DISTINCT "asset_id") INTO "ids"
    FROM "before" FULL JOIN "changed" USING ("asset_id", "label_id")
    WHERE "before"."state" IS DISTINCT FROM "changed"."state" AND 'ACCEPTED' IN ("before"."state", "changed"."state");
  ELSE
    SELECT array_agg(DISTINCT "asset_id") INTO "ids" FROM "changed" WHERE "state" = 'ACCEPTED';
  END IF;
  IF "ids" IS NOT NULL THEN PERFORM "refresh_asset_text" ("ids"); END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER "asset_label_text_update" AFTER UPDATE ON "asset_label"
  REFERENCING OLD TABLE AS "before" NEW TABLE AS "changed"
  FOR EACH STATEMENT EXECUTE FUNCTION "on_asset_label_change" ();

-- As before, but of an update those alone that are a change.
CREATE OR REPLACE FUNCTION "on_labels_change" () RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE "ids" uuid[];
BEGIN
  IF NOT EXISTS (SELECT FROM "webhook" WHERE "disabled_at" IS NULL AND 'LABELS_CHANGED' = ANY ("events")) THEN
    RETURN NULL;
  END IF;
  IF TG_OP = 'UPDATE' THEN
    SELECT array_agg(DISTINCT "asset_id") INTO "ids"
    FROM "before" FULL JOIN "changed" USING ("asset_id", "label_id")
    WHERE ("before"."source", "before"."state", "before"."revision")
      IS DISTINCT FROM ("changed"."source", "changed"."state", "changed"."revision");
  ELSE
    SELECT array_agg(DISTINCT "asset_id") INTO "ids" FROM "changed";
  END IF;
  INSERT INTO "webhook_delivery" ("webhook_id", "library_id", "event", "asset_id", "data")
  SELECT "webhook"."id", "webhook"."library_id", 'LABELS_CHANGED', "asset"."id", jsonb_build_object('assetId', "asset"."id")
  FROM unnest("ids") AS "touched" ("asset_id")
    JOIN "asset" ON "asset"."id" = "touched"."asset_id"
    JOIN "webhook" ON "webhook"."library_id" = "asset"."library_id"
  WHERE "disabled_at" IS NULL AND 'LABELS_CHANGED' = ANY ("events") AND NOT EXISTS (
    SELECT FROM "webhook_delivery" AS "same" WHERE "same"."webhook_id" = "webhook"."id" AND "same"."asset_id" = "asset"."id"
      AND "same"."state" = 'PENDING' AND "same"."event" = 'LABELS_CHANGED' AND "same".xmin = pg_current_xact_id()::xid)
  FOR KEY SHARE OF "webhook";
  RETURN NULL;
END $$;
CREATE TRIGGER "webhook_labels_update" AFTER UPDATE ON "asset_label"
  REFERENCING OLD TABLE AS "before" NEW TABLE AS "changed"
  FOR EACH STATEMENT EXECUTE FUNCTION "on_labels_change" ();
