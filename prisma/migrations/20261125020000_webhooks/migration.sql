-- What other programs are told of: an outbox, written by triggers in the transaction of the change, whoever makes it.
CREATE TYPE "webhook_event" AS ENUM ('ASSET_READY', 'LABELS_CHANGED', 'JOB_FINISHED', 'WEBHOOK_TEST');
CREATE TYPE "webhook_delivery_state" AS ENUM ('PENDING', 'DELIVERED', 'FAILED');

CREATE TABLE "webhook" (
  "id" uuid PRIMARY KEY,
  "library_id" uuid NOT NULL REFERENCES "library" ("id"),
  "url" text NOT NULL,
  "events" "webhook_event"[] NOT NULL,
  "description" text,
  "secret" bytea NOT NULL,
  "previous_secret" bytea,
  "previous_secret_until" timestamptz(3),
  "failing_since" timestamptz(3),
  "hold_until" timestamptz(3),
  "disabled_at" timestamptz(3),
  "disabled_reason" text,
  "created_by_id" uuid,
  "created_at" timestamptz(3) NOT NULL DEFAULT now(),
  "updated_at" timestamptz(3) NOT NULL DEFAULT now()
);
CREATE INDEX "webhook_library_id_idx" ON "webhook" ("library_id");

CREATE TABLE "webhook_delivery" (
  "id" uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  "webhook_id" uuid NOT NULL REFERENCES "webhook" ("id") ON DELETE CASCADE,
  "library_id" uuid NOT NULL,
  "sequence" bigserial NOT NULL,
  "event" "webhook_event" NOT NULL,
  "asset_id" uuid,
  "data" jsonb NOT NULL,
  "state" "webhook_delivery_state" NOT NULL DEFAULT 'PENDING',
  "attempts" integer NOT NULL DEFAULT 0,
  "failures" integer NOT NULL DEFAULT 0,
  "run_at" timestamptz(3) NOT NULL DEFAULT now(),
  "lease_until" timestamptz(3),
  "last_status" integer,
  "last_error" text,
  "created_at" timestamptz(3) NOT NULL DEFAULT now(),
  "finished_at" timestamptz(3)
);
CREATE INDEX "webhook_delivery_webhook_id_sequence_idx" ON "webhook_delivery" ("webhook_id", "sequence");
CREATE INDEX "webhook_delivery_webhook_id_state_sequence_idx" ON "webhook_delivery" ("webhook_id", "state", "sequence");
CREATE INDEX "webhook_delivery_finished_at_idx" ON "webhook_delivery" ("finished_at") WHERE "finished_at" IS NOT NULL;
-- Those that wait: when each is due, what is before it, and which are under way.
CREATE INDEX "webhook_delivery_due_idx" ON "webhook_delivery" ("webhook_id", "run_at", "sequence") WHERE "state" = 'PENDING';
CREATE INDEX "webhook_delivery_order_idx" ON "webhook_delivery" ("webhook_id", "asset_id", "sequence") WHERE "state" = 'PENDING';
CREATE INDEX "webhook_delivery_leased_idx" ON "webhook_delivery" ("webhook_id")
  WHERE "state" = 'PENDING' AND "lease_until" IS NOT NULL;

-- In this language its plan is made once a session: a change that nobody wants to know of costs next to nothing.
CREATE FUNCTION "enqueue_webhooks" ("library" uuid, "what" "webhook_event", "asset" uuid, "about" jsonb)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO "webhook_delivery" ("webhook_id", "library_id", "event", "asset_id", "data")
  SELECT "id", "library_id", "what", "asset", "about" FROM "webhook"
  WHERE "library_id" = "library" AND "disabled_at" IS NULL AND "what" = ANY ("events");
END $$;

CREATE FUNCTION "on_asset_ready" () RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM "enqueue_webhooks" (NEW."library_id", 'ASSET_READY', NEW."id", jsonb_build_object('assetId', NEW."id"));
  RETURN NULL;
END $$;
CREATE TRIGGER "webhook_asset_ready" AFTER UPDATE OF "state" ON "asset" FOR EACH ROW
  WHEN (NEW."state" = 'READY' AND OLD."state" <> 'READY') EXECUTE FUNCTION "on_asset_ready" ();
-- One that comes from an archive is READY at once.
CREATE TRIGGER "webhook_asset_arrived" AFTER INSERT ON "asset" FOR EACH ROW
  WHEN (NEW."state" = 'READY') EXECUTE FUNCTION "on_asset_ready" ();

CREATE FUNCTION "on_job_finished" () RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM "enqueue_webhooks" (NEW."library_id", 'JOB_FINISHED', NEW."asset_id", jsonb_build_object('jobId', NEW."id",
    'kind', NEW."kind", 'state', NEW."state", 'assetId', NEW."asset_id", 'errorCode', NEW."error_code"));
  RETURN NULL;
END $$;
CREATE TRIGGER "webhook_job_finished" AFTER UPDATE OF "state" ON "job" FOR EACH ROW
  WHEN (NEW."state" IN ('SUCCEEDED', 'FAILED') AND OLD."state" <> NEW."state") EXECUTE FUNCTION "on_job_finished" ();

-- Once an asset and transaction, however many labels and statements it takes. What goes with its asset is not told.
CREATE FUNCTION "on_labels_change" () RETURNS trigger LANGUAGE plpgsql AS $$
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
      AND "same"."state" = 'PENDING' AND "same"."event" = 'LABELS_CHANGED' AND "same".xmin = pg_current_xact_id()::xid);
  RETURN NULL;
END $$;
CREATE TRIGGER "webhook_labels_insert" AFTER INSERT ON "asset_label" REFERENCING NEW TABLE AS "changed"
  FOR EACH STATEMENT EXECUTE FUNCTION "on_labels_change" ();
CREATE TRIGGER "webhook_labels_delete" AFTER DELETE ON "asset_label" REFERENCING OLD TABLE AS "changed"
  FOR EACH STATEMENT EXECUTE FUNCTION "on_labels_change" ();
CREATE TRIGGER "webhook_labels_update" AFTER UPDATE ON "asset_label" REFERENCING NEW TABLE AS "changed"
  FOR EACH STATEMENT EXECUTE FUNCTION "on_labels_change" ();
