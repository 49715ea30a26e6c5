-- What labels that compete were taught by pictures with none accepted answers no more, and does not come back: the sets learn
-- anew, by the others. Of these each label has an example, and one is accepted.
UPDATE "label_head" SET "state" = 'RETIRED', "activated_at" = NULL
WHERE ("state" = 'ACTIVE' OR "activated_at" IS NOT NULL) AND "is_exclusive" AND EXISTS (
  SELECT FROM jsonb_array_elements("metrics" -> 'labels') AS "label"
  WHERE (
    SELECT coalesce(sum(("bin" ->> 1)::int + ("bin" ->> 2)::int), 0)
    FROM jsonb_array_elements("label" -> 'learned') AS "bin") <> (
    SELECT coalesce(sum(("bin" ->> 1)::int), 0) FROM jsonb_path_query("metrics", '$.labels[*].learned[*]') AS "bin"));
