-- Names are in one order everywhere, that of the code points of their small letters. A database sorts as its own language
-- does, which differs from one installation to another: embedded there is none, and capital letters came before all others.
DROP INDEX "asset_original_name_idx";
CREATE INDEX "asset_original_name_idx" ON "asset" ("library_id", (lower("original_name") COLLATE "C"), "id")
  WHERE "trashed_at" IS NULL;

-- Keys are in small letters already.
ALTER TABLE "collection" ALTER COLUMN "name_key" TYPE text COLLATE "C";
ALTER TABLE "saved_search" ALTER COLUMN "name_key" TYPE text COLLATE "C";
ALTER TABLE "label_set" ALTER COLUMN "name_key" TYPE text COLLATE "C";
ALTER TABLE "label" ALTER COLUMN "name_key" TYPE text COLLATE "C";
