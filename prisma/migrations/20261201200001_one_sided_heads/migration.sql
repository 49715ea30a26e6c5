-- What was taught by labels that compete with no other and were only accepted, or only rejected, answers no more: the sets
-- learn anew, by what shows where a label ends.
UPDATE "label_head" SET "state" = 'RETIRED', "activated_at" = NULL
WHERE "state" = 'ACTIVE' AND NOT "is_exclusive" AND EXISTS (
  SELECT FROM jsonb_array_elements("metrics" -> 'labels') AS "label"
  WHERE (
    SELECT least(sum(("bin" ->> 1)::int), sum(("bin" ->> 2)::int)) < 2
    FROM jsonb_array_elements("label" -> 'prior') AS "bin"));
