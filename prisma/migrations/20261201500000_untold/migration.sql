-- What the vector store has not been told yet: every search of a library asks for it, and workers take it ahead of what waits
-- longer.
CREATE INDEX "job_untold_idx" ON "job" ("library_id", "run_at", "created_at", "id")
  WHERE "kind" = 'SYNC_VECTOR' AND "state" IN ('QUEUED', 'RUNNING');
CREATE INDEX "job_queued_together_idx" ON "job" ("run_at", "created_at", "id")
  WHERE "kind" = 'SYNC_VECTOR' AND "state" = 'QUEUED';
