-- Ids are random, so that those with the smallest ids are a random sample: the same one in every process, and hardly another
-- one after each upload. This finds it whatever the size of the library, or of others beside it.
CREATE INDEX "asset_sample_idx" ON "asset" ("library_id", "id") WHERE "state" = 'READY' AND "trashed_at" IS NULL;
