-- When the decisions that a head was trained on were read. Of heads of the release before, which may go on beside this one,
-- it is when they were written: until now that stood for it.
ALTER TABLE "label_head" ADD COLUMN "read_at" timestamptz(3) NOT NULL DEFAULT now();
UPDATE "label_head" SET "read_at" = "created_at";
-- Of a change the time when it was written, not when its transaction began, which may have waited for locks since.
ALTER TABLE "label_batch" ALTER COLUMN "created_at" SET DEFAULT clock_timestamp();
ALTER TABLE "label_event" ALTER COLUMN "at" SET DEFAULT clock_timestamp();
