-- Colours in cells of CIE L*a*b*, eight units wide: what src/assets/colour-cells.ts makes of them.
CREATE FUNCTION "colour_cells" ("colours" text[]) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (
  SELECT coalesce(array_agg(DISTINCT concat_ws(' ', floor((116 * "y" - 16) / 8 + 0.5), floor(500 * ("x" - "y") / 8 + 0.5),
    floor(200 * ("y" - "z") / 8 + 0.5))), '{}')
  FROM unnest("colours") AS "hex",
    LATERAL (SELECT array_agg(CASE WHEN "value" <= 0.04045 THEN "value" / 12.92 ELSE power(("value" + 0.055) / 1.055, 2.4) END
      ORDER BY "start") AS "rgb"
      FROM unnest(ARRAY[2, 4, 6]) AS "start",
        LATERAL (SELECT ('x' || substr("hex", "start", 2))::bit(8)::int / 255::float8 AS "value") AS "channel") AS "linear",
    LATERAL (SELECT
      (0.4124564 * "rgb"[1] + 0.3575761 * "rgb"[2] + 0.1804375 * "rgb"[3]) / 0.95047 AS "x_of_white",
      0.2126729 * "rgb"[1] + 0.7151522 * "rgb"[2] + 0.072175 * "rgb"[3] AS "y_of_white",
      (0.0193339 * "rgb"[1] + 0.119192 * "rgb"[2] + 0.9503041 * "rgb"[3]) / 1.08883 AS "z_of_white") AS "xyz",
    LATERAL (SELECT
      CASE WHEN "x_of_white" > 216 / 24389::float8 THEN cbrt("x_of_white") ELSE (24389 / 27::float8 * "x_of_white" + 16) / 116 END AS "x",
      CASE WHEN "y_of_white" > 216 / 24389::float8 THEN cbrt("y_of_white") ELSE (24389 / 27::float8 * "y_of_white" + 16) / 116 END AS "y",
      CASE WHEN "z_of_white" > 216 / 24389::float8 THEN cbrt("z_of_white") ELSE (24389 / 27::float8 * "z_of_white" + 16) / 116 END AS "z"
    ) AS "compressed"
  WHERE "hex" ~* '^#[0-9a-f]{6}$');
CREATE INDEX "asset_colours_idx" ON "asset" USING gin ("colour_cells" ("dominant_colours"));

CREATE INDEX "asset_position_idx" ON "asset" ("library_id", "latitude", "longitude")
  WHERE "trashed_at" IS NULL AND "latitude" IS NOT NULL;
-- One index for what is not asked for often: read from end to end it is still shorter than the table.
CREATE INDEX "asset_origin_idx" ON "asset" ("library_id", lower("camera_model"), lower("camera_make"), lower("lens"),
  "uploaded_by_id") WHERE "trashed_at" IS NULL;

-- The vector store learns what it can be asked for now.
INSERT INTO "job" ("id", "library_id", "kind", "asset_id")
SELECT gen_random_uuid(), "library_id", 'SYNC_VECTOR', "id" FROM "asset" WHERE "state" = 'READY';
