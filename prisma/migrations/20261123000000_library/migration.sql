CREATE TYPE "role" AS ENUM ('VIEWER', 'LABELLER', 'EDITOR', 'ADMIN');
CREATE TYPE "asset_state" AS ENUM ('PENDING', 'READY', 'FAILED');
CREATE TYPE "orientation" AS ENUM ('LANDSCAPE', 'PORTRAIT', 'SQUARE');
CREATE TYPE "job_kind" AS ENUM ('PROCESS_ASSET', 'SYNC_VECTOR', 'PURGE_ASSET');
CREATE TYPE "job_state" AS ENUM ('QUEUED', 'RUNNING', 'SUCCEEDED', 'FAILED');
CREATE TYPE "label_source" AS ENUM ('HUMAN', 'MODEL', 'IMPORT');
CREATE TYPE "label_state" AS ENUM ('SUGGESTED', 'ACCEPTED', 'REJECTED');

CREATE TABLE "library" (
  "id" uuid PRIMARY KEY,
  "name" text NOT NULL UNIQUE,
  "file_secret" bytea NOT NULL,
  "created_at" timestamptz(3) NOT NULL DEFAULT now()
);

CREATE TABLE "api_key" (
  "id" uuid PRIMARY KEY,
  "library_id" uuid NOT NULL REFERENCES "library" ("id"),
  "name" text NOT NULL,
  "role" "role" NOT NULL,
  "secret_hash" bytea NOT NULL UNIQUE,
  "created_at" timestamptz(3) NOT NULL DEFAULT now(),
  "last_used_at" timestamptz(3),
  "revoked_at" timestamptz(3)
);

CREATE TABLE "asset" (
  "id" uuid PRIMARY KEY,
  "library_id" uuid NOT NULL REFERENCES "library" ("id"),
  "state" "asset_state" NOT NULL DEFAULT 'PENDING',
  "failure_code" text,
  "failure_message" text,
  "sha256" char(64) NOT NULL,
  "original_name" text NOT NULL,
  "mime_type" text NOT NULL,
  "byte_size" bigint NOT NULL CHECK ("byte_size" > 0),
  "width" integer NOT NULL CHECK ("width" > 0),
  "height" integer NOT NULL CHECK ("height" > 0),
  "orientation" "orientation" NOT NULL,
  "title" text,
  "description" text,
  "tags" text[] NOT NULL DEFAULT '{}',
  "is_favourite" boolean NOT NULL DEFAULT false,
  "rating" smallint CHECK ("rating" BETWEEN 1 AND 5),
  "captured_at" timestamptz(3),
  "camera_make" text,
  "camera_model" text,
  "lens" text,
  "latitude" double precision CHECK ("latitude" BETWEEN -90 AND 90),
  "longitude" double precision CHECK ("longitude" BETWEEN -180 AND 180),
  "altitude_metres" double precision,
  "dominant_colours" text[] NOT NULL DEFAULT '{}',
  "thumbhash" text,
  "renditions" jsonb NOT NULL DEFAULT '{}',
  "embedding_model_id" text,
  "uploaded_by_id" uuid,
  "uploaded_at" timestamptz(3) NOT NULL DEFAULT now(),
  "updated_at" timestamptz(3) NOT NULL DEFAULT now(),
  "processed_at" timestamptz(3),
  "trashed_at" timestamptz(3)
);
CREATE UNIQUE INDEX "asset_library_id_sha256_key" ON "asset" ("library_id", "sha256");
CREATE INDEX "asset_library_id_uploaded_at_id_idx" ON "asset" ("library_id", "uploaded_at", "id");
CREATE INDEX "asset_library_id_captured_at_id_idx" ON "asset" ("library_id", "captured_at", "id");
CREATE INDEX "asset_library_id_original_name_id_idx" ON "asset" ("library_id", "original_name", "id");
CREATE INDEX "asset_library_id_byte_size_id_idx" ON "asset" ("library_id", "byte_size", "id");
CREATE INDEX "asset_tags_idx" ON "asset" USING gin ("tags");

CREATE TABLE "upload" (
  "id" uuid PRIMARY KEY,
  "library_id" uuid NOT NULL REFERENCES "library" ("id"),
  "worker_id" uuid NOT NULL,
  "lease_until" timestamptz(3) NOT NULL,
  "created_at" timestamptz(3) NOT NULL DEFAULT now()
);
CREATE INDEX "upload_lease_until_idx" ON "upload" ("lease_until");

CREATE TABLE "job" (
  "id" uuid PRIMARY KEY,
  "library_id" uuid NOT NULL REFERENCES "library" ("id"),
  "kind" "job_kind" NOT NULL,
  "asset_id" uuid NOT NULL,
  "state" "job_state" NOT NULL DEFAULT 'QUEUED',
  "attempts" integer NOT NULL DEFAULT 0,
  "run_at" timestamptz(3) NOT NULL DEFAULT now(),
  "worker_id" uuid,
  "lease_until" timestamptz(3),
  "error_code" text,
  "error_message" text,
  "created_at" timestamptz(3) NOT NULL DEFAULT now(),
  "started_at" timestamptz(3),
  "finished_at" timestamptz(3)
);
CREATE INDEX "job_library_id_created_at_id_idx" ON "job" ("library_id", "created_at", "id");
CREATE INDEX "job_asset_id_idx" ON "job" ("asset_id");
-- The queue itself: small however long the history grows.
CREATE INDEX "job_active_asset_idx" ON "job" ("asset_id") WHERE "state" IN ('QUEUED', 'RUNNING');
-- Jobs of one asset run one after the other, so that none overwrites with old data what another wrote.
CREATE UNIQUE INDEX "job_running_asset_key" ON "job" ("asset_id") WHERE "state" = 'RUNNING';
CREATE INDEX "job_queued_idx" ON "job" ("run_at", "created_at", "id") WHERE "state" = 'QUEUED';
CREATE INDEX "job_running_idx" ON "job" ("lease_until") WHERE "state" = 'RUNNING';
CREATE INDEX "job_finished_idx" ON "job" ("finished_at") WHERE "state" IN ('SUCCEEDED', 'FAILED');

CREATE TABLE "label" (
  "id" uuid PRIMARY KEY,
  "library_id" uuid NOT NULL REFERENCES "library" ("id"),
  "name" text NOT NULL,
  "name_key" text NOT NULL,
  "created_at" timestamptz(3) NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX "label_library_id_name_key_key" ON "label" ("library_id", "name_key");

CREATE TABLE "asset_label" (
  "asset_id" uuid NOT NULL REFERENCES "asset" ("id") ON DELETE CASCADE,
  "label_id" uuid NOT NULL REFERENCES "label" ("id") ON DELETE CASCADE,
  "source" "label_source" NOT NULL,
  "state" "label_state" NOT NULL,
  "probability" double precision CHECK ("probability" BETWEEN 0 AND 1),
  "model_id" text,
  "decided_by_id" uuid,
  "created_at" timestamptz(3) NOT NULL DEFAULT now(),
  "updated_at" timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY ("asset_id", "label_id")
);
CREATE INDEX "asset_label_label_id_state_idx" ON "asset_label" ("label_id", "state");
