ALTER TYPE "job_kind" ADD VALUE 'EMBED_ASSET';
CREATE TYPE "model_state" AS ENUM ('ACTIVE', 'BUILDING', 'STANDBY', 'DROPPING');

CREATE TABLE "model" (
  "id" text PRIMARY KEY,
  "state" "model_state" NOT NULL,
  "dimension" integer CHECK ("dimension" > 0),
  "enqueued_up_to" uuid,
  "started_at" timestamptz(3) NOT NULL DEFAULT now(),
  "completed_at" timestamptz(3),
  "activated_at" timestamptz(3)
);
-- Which model answers is one row: a switch is one transaction, and nobody ever sees two or none.
CREATE UNIQUE INDEX "model_active_key" ON "model" ("state") WHERE "state" = 'ACTIVE';
CREATE UNIQUE INDEX "model_building_key" ON "model" ("state") WHERE "state" = 'BUILDING';

CREATE TABLE "embedding" (
  "asset_id" uuid NOT NULL REFERENCES "asset" ("id") ON DELETE CASCADE,
  "model_id" text NOT NULL REFERENCES "model" ("id") ON DELETE CASCADE,
  "failure_code" text,
  "failure_message" text,
  "created_at" timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY ("asset_id", "model_id")
);
CREATE INDEX "embedding_model_id_idx" ON "embedding" ("model_id");
CREATE INDEX "embedding_failed_idx" ON "embedding" ("model_id", "asset_id") WHERE "failure_code" IS NOT NULL;

-- What most assets have an embedding of was searched. Others are left of a change in place, and what lacks an embedding
-- of the one is completed.
INSERT INTO "model" ("id", "state", "activated_at")
SELECT "embedding_model_id",
  (CASE WHEN row_number() OVER (ORDER BY count(*) DESC, "embedding_model_id") = 1 THEN 'ACTIVE' ELSE 'DROPPING' END)::"model_state",
  now()
FROM "asset" WHERE "embedding_model_id" IS NOT NULL GROUP BY "embedding_model_id";
INSERT INTO "embedding" ("asset_id", "model_id")
SELECT "id", "embedding_model_id" FROM "asset" WHERE "embedding_model_id" IS NOT NULL;
ALTER TABLE "asset" DROP COLUMN "embedding_model_id";
