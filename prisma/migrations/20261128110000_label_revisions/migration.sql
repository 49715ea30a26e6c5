-- The last revision of a label on an asset is found without reading its history.
CREATE INDEX "label_event_label_id_asset_id_revision_idx" ON "label_event" ("label_id", "asset_id", "revision");
DROP INDEX "label_event_label_id_idx";

-- Revisions began anew where a label had been removed: they go on after the last one, for none to stand for two changes.
-- Nothing that anybody could see changes, so nobody is told.
ALTER TABLE "asset_label" DISABLE TRIGGER USER;
UPDATE "asset_label" SET "revision" = "last"."revision" + 1
FROM (SELECT "label_id", "asset_id", max("revision") AS "revision" FROM "label_event" GROUP BY 1, 2) AS "last"
WHERE "asset_label"."label_id" = "last"."label_id" AND "asset_label"."asset_id" = "last"."asset_id"
  AND "asset_label"."revision" < "last"."revision";
ALTER TABLE "asset_label" ENABLE TRIGGER USER;
