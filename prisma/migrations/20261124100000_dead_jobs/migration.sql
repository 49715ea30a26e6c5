-- What went wrong with a job by itself, and how often its worker died while it ran: the one is not the other.
ALTER TABLE "job"
  ADD COLUMN "failures" integer NOT NULL DEFAULT 0,
  ADD COLUMN "deaths" integer NOT NULL DEFAULT 0;
-- Jobs that a worker runs alone.
CREATE INDEX "job_suspect_idx" ON "job" ("run_at", "created_at", "id") WHERE "state" = 'QUEUED' AND "deaths" > 0;
-- A list of the few that failed, among the many that did not.
CREATE INDEX "job_library_id_state_created_at_id_idx" ON "job" ("library_id", "state", "created_at", "id");
-- Those that failed stay until they are tried again.
DROP INDEX "job_finished_idx";
CREATE INDEX "job_succeeded_idx" ON "job" ("finished_at") WHERE "state" = 'SUCCEEDED';
