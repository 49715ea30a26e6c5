-- Merging labels could put one below itself. Of each circle the label that was changed last comes to the top: that is the
-- one into which the others were merged.
WITH RECURSIVE "above" ("id", "ancestor_id") AS (
  SELECT "id", "parent_id" FROM "label" WHERE "parent_id" IS NOT NULL
  UNION
  SELECT "above"."id", "label"."parent_id" FROM "above" JOIN "label" ON "label"."id" = "ancestor_id"
  WHERE "label"."parent_id" IS NOT NULL),
-- All that is above a label of a circle is the circle, so that its first label names it.
"circle" AS (
  SELECT "id", min("ancestor_id"::text) AS "name" FROM "above" GROUP BY "id" HAVING bool_or("ancestor_id" = "id"))
UPDATE "label" SET "parent_id" = NULL WHERE "id" IN (
  SELECT DISTINCT ON ("circle"."name") "id" FROM "circle" JOIN "label" USING ("id")
  ORDER BY "circle"."name", "updated_at" DESC, "id");
