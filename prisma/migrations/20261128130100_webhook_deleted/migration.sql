-- A webhook that is deleted at the same moment is waited for and then left out: no change fails because of one.
CREATE OR REPLACE FUNCTION "enqueue_webhooks" ("library" uuid, "what" "webhook_event", "asset" uuid, "about" jsonb)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO "webhook_delivery" ("webhook_id", "library_id", "event", "asset_id", "data")
  SELECT "id", "library_id", "what", "asset", "about" FROM "webhook"
  WHERE "library_id" = "library" AND "disabled_at" IS NULL AND "what" = ANY ("events")
  ORDER BY "id" FOR KEY SHARE;
END $$;

CREATE OR REPLACE FUNCTION "on_labels_change" () RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM "webhook" WHERE "disabled_at" IS NULL AND 'LABELS_CHANGED' = ANY ("events")) THEN
    RETURN NULL;
  END IF;
  INSERT INTO "webhook_delivery" ("webhook_id", "library_id", "event", "asset_id", "data")
  SELECT "webhook"."id", "webhook"."library_id", 'LABELS_CHANGED', "asset"."id", jsonb_build_object('assetId', "asset"."id")
  FROM (SELECT DISTINCT "asset_id" FROM "changed") AS "touched"
    JOIN "asset" ON "asset"."id" = "touched"."asset_id"
    JOIN "webhook" ON "webhook"."library_id" = "asset"."library_id"
  WHERE "disabled_at" IS NULL AND 'LABELS_CHANGED' = ANY ("events") AND NOT EXISTS (
    SELECT FROM "webhook_delivery" AS "same" WHERE "same"."webhook_id" = "webhook"."id" AND "same"."asset_id" = "asset"."id"
      AND "same"."state" = 'PENDING' AND "same"."event" = 'LABELS_CHANGED' AND "same".xmin = pg_current_xact_id()::xid)
  FOR KEY SHARE OF "webhook";
  RETURN NULL;
END $$;
