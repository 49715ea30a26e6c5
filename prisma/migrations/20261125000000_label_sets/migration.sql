ALTER TYPE "job_kind" ADD VALUE 'CLASSIFY_ASSETS';
CREATE TYPE "label_batch_kind" AS ENUM ('EDIT', 'REVIEW', 'ACCEPT_ABOVE', 'CLASSIFICATION', 'MERGE', 'UNDO');
CREATE TYPE "classification_state" AS ENUM ('RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELLED');

CREATE TABLE "label_set" (
  "id" uuid PRIMARY KEY,
  "library_id" uuid NOT NULL REFERENCES "library" ("id"),
  "name" text NOT NULL,
  "name_key" text NOT NULL,
  "description" text,
  "is_exclusive" boolean NOT NULL DEFAULT false,
  "templates" text[] NOT NULL DEFAULT '{}',
  "threshold" double precision NOT NULL DEFAULT 0.5 CHECK ("threshold" BETWEEN 0 AND 1),
  "created_at" timestamptz(3) NOT NULL DEFAULT now(),
  "updated_at" timestamptz(3) NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX "label_set_library_id_name_key_key" ON "label_set" ("library_id", "name_key");

ALTER TABLE "label"
  ADD COLUMN "label_set_id" uuid REFERENCES "label_set" ("id") ON DELETE CASCADE,
  ADD COLUMN "description" text,
  ADD COLUMN "synonyms" text[] NOT NULL DEFAULT '{}',
  ADD COLUMN "parent_id" uuid REFERENCES "label" ("id") ON DELETE SET NULL,
  ADD COLUMN "colour" text,
  ADD COLUMN "threshold" double precision CHECK ("threshold" BETWEEN 0 AND 1),
  ADD COLUMN "prompts" text[] NOT NULL DEFAULT '{}',
  ADD COLUMN "negative_prompts" text[] NOT NULL DEFAULT '{}',
  ADD COLUMN "updated_at" timestamptz(3) NOT NULL DEFAULT now();
-- A name is unique in its set; the labels of no set are among themselves. Postgres 14 takes each null for another.
DROP INDEX "label_library_id_name_key_key";
CREATE UNIQUE INDEX "label_library_id_label_set_id_name_key_key"
  ON "label" ("library_id", coalesce("label_set_id", '00000000-0000-0000-0000-000000000000'), "name_key");
CREATE INDEX "label_library_id_name_key_idx" ON "label" ("library_id", "name_key");
CREATE INDEX "label_label_set_id_idx" ON "label" ("label_set_id");
CREATE INDEX "label_parent_id_idx" ON "label" ("parent_id") WHERE "parent_id" IS NOT NULL;

ALTER TABLE "asset_label"
  ADD COLUMN "revision" integer NOT NULL DEFAULT 1,
  ADD COLUMN "decided_at" timestamptz(3);

CREATE TABLE "label_batch" (
  "id" uuid PRIMARY KEY,
  "library_id" uuid NOT NULL REFERENCES "library" ("id"),
  "kind" "label_batch_kind" NOT NULL,
  "label_set_id" uuid,
  "created_by_id" uuid,
  "created_at" timestamptz(3) NOT NULL DEFAULT now(),
  "undone_at" timestamptz(3)
);
CREATE INDEX "label_batch_library_id_created_at_id_idx" ON "label_batch" ("library_id", "created_at", "id");

CREATE TABLE "label_event" (
  "id" bigserial PRIMARY KEY,
  "batch_id" uuid NOT NULL REFERENCES "label_batch" ("id") ON DELETE CASCADE,
  "asset_id" uuid NOT NULL REFERENCES "asset" ("id") ON DELETE CASCADE,
  "label_id" uuid NOT NULL,
  "label_name" text NOT NULL,
  "from_source" "label_source",
  "from_state" "label_state",
  "from_probability" double precision,
  "from_model_id" text,
  "from_decided_by_id" uuid,
  "from_decided_at" timestamptz(3),
  "source" "label_source",
  "state" "label_state",
  "probability" double precision,
  "model_id" text,
  "revision" integer NOT NULL,
  "by_id" uuid,
  "at" timestamptz(3) NOT NULL DEFAULT now()
);
CREATE INDEX "label_event_asset_id_id_idx" ON "label_event" ("asset_id", "id");
CREATE INDEX "label_event_batch_id_idx" ON "label_event" ("batch_id");
CREATE INDEX "label_event_label_id_idx" ON "label_event" ("label_id");

CREATE TABLE "classification" (
  "id" uuid PRIMARY KEY,
  "library_id" uuid NOT NULL REFERENCES "library" ("id"),
  "label_set_id" uuid NOT NULL REFERENCES "label_set" ("id") ON DELETE CASCADE,
  "state" "classification_state" NOT NULL DEFAULT 'RUNNING',
  "is_dry_run" boolean NOT NULL,
  "filter" jsonb NOT NULL,
  "threshold" double precision CHECK ("threshold" BETWEEN 0 AND 1),
  "vocabulary" jsonb NOT NULL,
  "model_id" text NOT NULL,
  "done_up_to" uuid,
  "total" integer NOT NULL,
  "processed" integer NOT NULL DEFAULT 0,
  "not_ready" integer NOT NULL DEFAULT 0,
  "suggested" integer NOT NULL DEFAULT 0,
  "outcome" jsonb NOT NULL DEFAULT '{}',
  "error_code" text,
  "error_message" text,
  "requested_by_id" uuid,
  "created_at" timestamptz(3) NOT NULL DEFAULT now(),
  "finished_at" timestamptz(3)
);
CREATE INDEX "classification_library_id_created_at_id_idx" ON "classification" ("library_id", "created_at", "id");
CREATE INDEX "classification_label_set_id_idx" ON "classification" ("label_set_id");

-- A label that is called otherwise is found by its new name.
CREATE FUNCTION "on_label_rename" () RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE "ids" uuid[];
BEGIN
  SELECT array_agg("asset_id") INTO "ids" FROM "asset_label" WHERE "label_id" = NEW."id" AND "state" = 'ACCEPTED';
  IF "ids" IS NOT NULL THEN PERFORM "refresh_asset_text" ("ids"); END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER "label_text_update" AFTER UPDATE OF "name" ON "label" FOR EACH ROW
  WHEN (OLD."name" IS DISTINCT FROM NEW."name") EXECUTE FUNCTION "on_label_rename" ();
