CREATE TABLE "collection" (
  "id" uuid PRIMARY KEY,
  "library_id" uuid NOT NULL REFERENCES "library" ("id"),
  "name" text NOT NULL,
  "name_key" text NOT NULL,
  "description" text,
  "cover_id" uuid REFERENCES "asset" ("id") ON DELETE SET NULL,
  "query" jsonb,
  "created_by_id" uuid,
  "created_at" timestamptz(3) NOT NULL DEFAULT now(),
  "updated_at" timestamptz(3) NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX "collection_library_id_name_key_key" ON "collection" ("library_id", "name_key");
-- A deleted asset looks for the collections that it is the cover of.
CREATE INDEX "collection_cover_id_idx" ON "collection" ("cover_id");

CREATE TABLE "collection_asset" (
  "collection_id" uuid NOT NULL REFERENCES "collection" ("id") ON DELETE CASCADE,
  "asset_id" uuid NOT NULL REFERENCES "asset" ("id") ON DELETE CASCADE,
  -- Counts up over all collections: the order in which assets were added.
  "position" bigserial NOT NULL,
  "added_at" timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY ("collection_id", "asset_id")
);
CREATE UNIQUE INDEX "collection_asset_collection_id_position_key" ON "collection_asset" ("collection_id", "position");
CREATE INDEX "collection_asset_asset_id_idx" ON "collection_asset" ("asset_id");

CREATE TABLE "saved_search" (
  "id" uuid PRIMARY KEY,
  "library_id" uuid NOT NULL REFERENCES "library" ("id"),
  "name" text NOT NULL,
  "name_key" text NOT NULL,
  "query" jsonb NOT NULL,
  "created_by_id" uuid,
  "created_at" timestamptz(3) NOT NULL DEFAULT now(),
  "updated_at" timestamptz(3) NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX "saved_search_library_id_name_key_key" ON "saved_search" ("library_id", "name_key");
