-- What labels that compete were taught by pictures with none accepted answers no more, and does not come back; nor does a head
-- that was found no better stand in the way. The sets learn anew, by the others: of these each has one that is accepted.
UPDATE "label_head" SET "state" = 'RETIRED', "activated_at" = NULL
WHERE ("state" IN ('ACTIVE', 'CANDIDATE') OR "activated_at" IS NOT NULL) AND "is_exclusive" AND "pictures" > (
  SELECT coalesce(sum(("bin" ->> 1)::int), 0) FROM jsonb_path_query("metrics", '$.labels[*].learned[*]') AS "bin");
