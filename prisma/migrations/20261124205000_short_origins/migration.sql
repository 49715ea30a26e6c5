-- Before the index of them, which takes no value of several kilobytes: a file may say anything. Where it is there already,
-- the vector store learns what they are now.
WITH "shortened" AS (
  UPDATE "asset" SET "camera_make" = rtrim(left("camera_make", 200)), "camera_model" = rtrim(left("camera_model", 200)),
    "lens" = rtrim(left("lens", 200))
  WHERE length("camera_make") > 200 OR length("camera_model") > 200 OR length("lens") > 200
  RETURNING "id", "library_id", "state")
INSERT INTO "job" ("id", "library_id", "kind", "asset_id")
SELECT gen_random_uuid(), "library_id", 'SYNC_VECTOR', "id" FROM "shortened" WHERE "state" = 'READY';
