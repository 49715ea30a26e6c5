-- That an asset was deleted is something to tell the vector store too.
DROP INDEX "job_untold_idx";
CREATE INDEX "job_untold_idx" ON "job" ("library_id", "run_at", "created_at", "id")
  WHERE "kind" IN ('SYNC_VECTOR', 'PURGE_ASSET') AND "state" IN ('QUEUED', 'RUNNING');
