-- Orders by rating, and of the trash by the time at which each came there.
CREATE INDEX "asset_rating_idx" ON "asset" ("library_id", "rating", "id") WHERE "trashed_at" IS NULL;
CREATE INDEX "asset_trashed_at_idx" ON "asset" ("library_id", "trashed_at", "id") WHERE "trashed_at" IS NOT NULL;
