-- Whether a channel of the picture has more than 8 bits.
ALTER TABLE "fingerprint" ADD COLUMN "is_deep" boolean NOT NULL DEFAULT false;

-- Such a one had the digest of its copy of 8 bits. Files of kinds that may have more are looked at again; until then, and
-- where that fails, they have what duplicates they had.
UPDATE "fingerprint" SET "is_compared" = false FROM "asset"
WHERE "asset"."id" = "asset_id" AND "mime_type" IN ('image/png', 'image/tiff', 'image/avif');
