-- Names of cameras and lenses are composed (NFC) where they are stored and where they are asked for; some of before are not.
-- A database of another encoding than UTF-8 has no other kind.
DO $$ BEGIN
  IF getdatabaseencoding() = 'UTF8' THEN
    WITH "composed" AS (
      UPDATE "asset" SET "camera_make" = normalize("camera_make", NFC), "camera_model" = normalize("camera_model", NFC),
        "lens" = normalize("lens", NFC)
      WHERE "camera_make" IS NOT NFC NORMALIZED OR "camera_model" IS NOT NFC NORMALIZED OR "lens" IS NOT NFC NORMALIZED
      RETURNING "id", "library_id", "state")
    INSERT INTO "job" ("id", "library_id", "kind", "asset_id")
    SELECT gen_random_uuid(), "library_id", 'SYNC_VECTOR', "id" FROM "composed" WHERE "state" = 'READY';
  END IF;
END $$;
