-- A set may suggest its labels for what comes in: by jobs, which have what has become READY written down for them.
ALTER TYPE "job_kind" ADD VALUE 'SUGGEST_LABELS';

ALTER TABLE "label_set" ADD COLUMN "is_automatic" boolean NOT NULL DEFAULT false;

CREATE TABLE "unsuggested_asset" (
  "label_set_id" uuid NOT NULL,
  "asset_id" uuid NOT NULL REFERENCES "asset" ("id") ON DELETE CASCADE,
  PRIMARY KEY ("label_set_id", "asset_id")
);
CREATE INDEX "unsuggested_asset_asset_id_idx" ON "unsuggested_asset" ("asset_id");
