CREATE TYPE "label_head_state" AS ENUM ('CANDIDATE', 'ACTIVE', 'RETIRED');

CREATE TABLE "label_head" (
  "id" uuid PRIMARY KEY,
  "library_id" uuid NOT NULL REFERENCES "library" ("id"),
  "label_set_id" uuid NOT NULL REFERENCES "label_set" ("id") ON DELETE CASCADE,
  "model_id" text NOT NULL,
  "version" integer NOT NULL,
  "state" "label_head_state" NOT NULL,
  "label_ids" uuid[] NOT NULL,
  "is_exclusive" boolean NOT NULL,
  "weights" bytea NOT NULL,
  "bias" double precision[] NOT NULL,
  "prior_scale" double precision NOT NULL,
  "decisions" integer NOT NULL,
  "pictures" integer NOT NULL,
  "metrics" jsonb NOT NULL,
  "created_at" timestamptz(3) NOT NULL DEFAULT now(),
  "activated_at" timestamptz(3)
);
CREATE UNIQUE INDEX "label_head_label_set_id_model_id_version_key" ON "label_head" ("label_set_id", "model_id", "version");
CREATE UNIQUE INDEX "label_head_active_key" ON "label_head" ("label_set_id", "model_id") WHERE "state" = 'ACTIVE';
