-- A set may suggest its labels for what comes in, by a job that is enqueued when a picture becomes READY.
ALTER TYPE "job_kind" ADD VALUE 'SUGGEST_LABELS';

ALTER TABLE "label_set" ADD COLUMN "is_automatic" boolean NOT NULL DEFAULT false;
