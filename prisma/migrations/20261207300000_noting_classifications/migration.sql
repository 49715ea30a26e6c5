-- What was noted before names no classification: an undo brings back the suggestion as it was.
ALTER TABLE "asset_label" ADD COLUMN "noted_by_id" UUID;
