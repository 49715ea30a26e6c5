-- Of an animation only the first frame was in the digest. Files of kinds that may hold several pictures are looked at again.
ALTER TABLE "fingerprint" ALTER COLUMN "pixel_digest" DROP NOT NULL;
DELETE FROM "fingerprint" USING "asset"
WHERE "asset"."id" = "asset_id" AND "mime_type" IN ('image/gif', 'image/webp', 'image/tiff', 'image/avif');
