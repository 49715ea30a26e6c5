-- As before, in PL/pgSQL, which keeps the plans of what it calls: in SQL they were made anew for each of the assets that a
-- statement writes, which took three quarters of the time.
CREATE OR REPLACE FUNCTION "asset_words" ("language" regconfig, "title" text, "description" text, "tags" text[],
  "original_name" text, "rights" text[]) RETURNS tsvector LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
  RETURN ts_delete(setweight(to_tsvector("language", "plain_words" ("spellings" ("title"))), 'A')
    || setweight(to_tsvector("language", 'x0gap0x ' || "plain_words" ("spellings" (array_to_string("tags", ' x0gap0x ')))), 'B')
    || setweight(to_tsvector("language", 'x0gap0x ' || "plain_words" ("spellings" ("description"))), 'C')
    || setweight(to_tsvector("language", 'x0gap0x ' || "plain_words" ("spellings" ("original_name")) || ' x0gap0x ' ||
         "plain_words" ("spellings" ("name_parts" ("original_name")))), 'D')
    || setweight(to_tsvector("language", 'x0gap0x ' || "plain_words" ("spellings" (array_to_string("rights", ' x0gap0x ')))), 'D')
    || setweight(to_tsvector('simple', 'x0gap0x ' || "plain_words" (array_to_string("names_of_stop_words" ("language",
         "tags" || "title" || regexp_replace("original_name", '\.[^.]*$', '')), ' x0gap0x '))), 'A'), 'x0gap0x');
END $$;
