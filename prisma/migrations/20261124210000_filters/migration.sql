-- Colours in cells of CIE L*a*b*, eight units wide: what src/assets/colour-cells.ts makes of them. A loop, because a query in
-- its place took ten times as long; every change of an asset's row calls it for the index.
CREATE FUNCTION "colour_cells" ("colours" text[]) RETURNS text[] LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE COST 5000 AS $$
DECLARE
  "hex" text;
  "rgb" integer;
  "r" float8;
  "g" float8;
  "b" float8;
  "x" float8;
  "y" float8;
  "z" float8;
  "cell" text;
  "cells" text[] := '{}';
BEGIN
  FOREACH "hex" IN ARRAY "colours" LOOP
    CONTINUE WHEN "hex" !~* '^#[0-9a-f]{6}$';
    "rgb" := ('x' || substr("hex", 2))::bit(24)::integer;
    "r" := ("rgb" >> 16) / 255::float8;
    "g" := ("rgb" >> 8 & 255) / 255::float8;
    "b" := ("rgb" & 255) / 255::float8;
    "r" := CASE WHEN "r" <= 0.04045 THEN "r" / 12.92 ELSE power(("r" + 0.055) / 1.055, 2.4) END;
    "g" := CASE WHEN "g" <= 0.04045 THEN "g" / 12.92 ELSE power(("g" + 0.055) / 1.055, 2.4) END;
    "b" := CASE WHEN "b" <= 0.04045 THEN "b" / 12.92 ELSE power(("b" + 0.055) / 1.055, 2.4) END;
    "x" := (0.4124564 * "r" + 0.3575761 * "g" + 0.1804375 * "b") / 0.95047;
    "y" := 0.2126729 * "r" + 0.7151522 * "g" + 0.072175 * "b";
    "z" := (0.0193339 * "r" + 0.119192 * "g" + 0.9503041 * "b") / 1.08883;
    "x" := CASE WHEN "x" > 216 / 24389::float8 THEN cbrt("x") ELSE (24389 / 27::float8 * "x" + 16) / 116 END;
    "y" := CASE WHEN "y" > 216 / 24389::float8 THEN cbrt("y") ELSE (24389 / 27::float8 * "y" + 16) / 116 END;
    "z" := CASE WHEN "z" > 216 / 24389::float8 THEN cbrt("z") ELSE (24389 / 27::float8 * "z" + 16) / 116 END;
    "cell" := floor((116 * "y" - 16) / 8 + 0.5) || ' ' || floor(500 * ("x" - "y") / 8 + 0.5) || ' '
      || floor(200 * ("y" - "z") / 8 + 0.5);
    IF "cell" <> ALL ("cells") THEN "cells" := "cells" || "cell"; END IF;
  END LOOP;
  RETURN "cells";
END $$;
CREATE INDEX "asset_colours_idx" ON "asset" USING gin ("colour_cells" ("dominant_colours"));

CREATE INDEX "asset_position_idx" ON "asset" ("library_id", "latitude", "longitude")
  WHERE "trashed_at" IS NULL AND "latitude" IS NOT NULL;
-- One index for what is not asked for often: read from end to end it is still shorter than the table.
CREATE INDEX "asset_origin_idx" ON "asset" ("library_id", lower("camera_model"), lower("camera_make"), lower("lens"),
  "uploaded_by_id") WHERE "trashed_at" IS NULL;

-- The vector store learns what it can be asked for now.
INSERT INTO "job" ("id", "library_id", "kind", "asset_id")
SELECT gen_random_uuid(), "library_id", 'SYNC_VECTOR', "id" FROM "asset" WHERE "state" = 'READY';
