-- What labels that compete were taught by pictures with none accepted may have kept them from answering: the sets learn anew
-- from this, as from a head that was retired. Each of the others has one that is accepted.
UPDATE "label_head" SET "state" = 'RETIRED'
WHERE "state" = 'CANDIDATE' AND "is_exclusive" AND "pictures" > (
  SELECT coalesce(sum(("bin" ->> 1)::int), 0) FROM jsonb_path_query("metrics", '$.labels[*].learned[*]') AS "bin");
