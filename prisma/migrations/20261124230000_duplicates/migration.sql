-- What a picture is known by however it was resized, compressed or cropped.
CREATE TABLE "fingerprint" (
  "asset_id" uuid PRIMARY KEY REFERENCES "asset" ("id") ON DELETE CASCADE,
  "perceptual_hash" bigint NOT NULL,
  "luma" bytea NOT NULL,
  "pixel_digest" bytea NOT NULL,
  "sharpness" double precision NOT NULL,
  "is_compared" boolean NOT NULL
);
CREATE INDEX "fingerprint_pixel_digest_idx" ON "fingerprint" ("pixel_digest");

-- The four quarters of a hash, each with its place: hashes that differ in few bits have one in common, mostly.
CREATE FUNCTION "hash_quarters" ("hash" bigint) RETURNS integer[] LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN ARRAY["hash" & 65535, 65536 + ("hash" >> 16 & 65535), 131072 + ("hash" >> 32 & 65535),
  196608 + ("hash" >> 48 & 65535)]::integer[];
-- A list of what is still to be put into the index would be read by every upload.
CREATE INDEX "fingerprint_hash_quarters_idx" ON "fingerprint" USING gin ("hash_quarters" ("perceptual_hash"))
  WITH (fastupdate = off);

CREATE TABLE "near_duplicate" (
  "asset_id" uuid NOT NULL REFERENCES "asset" ("id") ON DELETE CASCADE,
  "other_id" uuid NOT NULL REFERENCES "asset" ("id") ON DELETE CASCADE,
  "similarity" double precision NOT NULL,
  "hash_distance" integer NOT NULL,
  "cosine" double precision NOT NULL,
  "model_id" text NOT NULL,
  PRIMARY KEY ("asset_id", "other_id"),
  CHECK ("asset_id" < "other_id")
);
CREATE INDEX "near_duplicate_other_id_idx" ON "near_duplicate" ("other_id");

CREATE TABLE "distinct_pair" (
  "asset_id" uuid NOT NULL REFERENCES "asset" ("id") ON DELETE CASCADE,
  "other_id" uuid NOT NULL REFERENCES "asset" ("id") ON DELETE CASCADE,
  "decided_by_id" uuid,
  "created_at" timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY ("asset_id", "other_id"),
  CHECK ("asset_id" < "other_id")
);
CREATE INDEX "distinct_pair_other_id_idx" ON "distinct_pair" ("other_id");
