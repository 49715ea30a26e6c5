-- A tag that more assets have than a transaction has time for is renamed by jobs, a portion at a time.
ALTER TYPE "job_kind" ADD VALUE 'RENAME_TAG';

CREATE TABLE "tag_renaming" (
  "id" uuid PRIMARY KEY,
  "library_id" uuid NOT NULL REFERENCES "library" ("id"),
  "from_tag" text NOT NULL,
  "to_tag" text,
  "up_to" uuid NOT NULL
);
