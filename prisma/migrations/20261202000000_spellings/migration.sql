-- A text as it is typed without a special keyboard: no accents, points of vowels or strokes. Symbols stay what they are, also those
-- that are put together with the stroke U+0338. In plpgsql, which reads what it is given once: an expression in its place would be
-- made anew for each use of it. Most names are ASCII, and cost no more than a comparison.
CREATE FUNCTION "folded" ("text" text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 1 AS $$
BEGIN
  IF octet_length("text") = length("text") THEN RETURN "text"; END IF;
  "text" := regexp_replace(normalize("text", NFD),
    U&'[\0300-\0337\0339-\036F\0483-\0487\0591-\05BD\05BF\05C1\05C2\05C4\05C5\05C7\0610-\061A\0640\064B-\065F\0670]',
    '', 'g');
  IF octet_length("text") = length("text") THEN RETURN "text"; END IF;
  "text" := translate(normalize("text", NFC), 'ØøŁłĐđÐðĦħŦŧŊŋıς', 'OoLlDdDdHhTtNniσ');
  RETURN replace(replace(replace(replace(replace(replace(replace(replace("text",
    'ß', 'ss'), 'ẞ', 'SS'), 'Æ', 'AE'), 'æ', 'ae'), 'Œ', 'OE'), 'œ', 'oe'), 'Þ', 'Th'), 'þ', 'th');
END $$;

-- As it is typed on a keyboard without the letter, in the languages that have a way of their own: "Mueller", "Aarhus".
CREATE FUNCTION "transliterated" ("text" text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
  IF "text" !~ '[äöüåøÄÖÜÅØ]' THEN RETURN "folded" ("text"); END IF;
  RETURN "folded" (replace(replace(replace(replace(replace(replace(replace(replace(replace(replace("text",
    'ä', 'ae'), 'ö', 'oe'), 'ü', 'ue'), 'å', 'aa'), 'ø', 'oe'),
    'Ä', 'Ae'), 'Ö', 'Oe'), 'Ü', 'Ue'), 'Å', 'Aa'), 'Ø', 'Oe'));
END $$;

-- All the ways in which it may be typed, one after the other, with the plain form of each letter. A phrase is in one of them.
CREATE FUNCTION "spellings" ("text" text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  "plain" text;
  "folded" text;
BEGIN
  IF octet_length("text") = length("text") THEN RETURN "text"; END IF;
  "plain" := normalize("text", NFKC);
  "folded" := "folded" ("plain");
  RETURN concat_ws(' x0gap0x ', "text", nullif("folded", "text"), nullif("transliterated" ("plain"), "folded"));
END $$;

-- As before, in each spelling.
CREATE OR REPLACE FUNCTION "asset_words" ("language" regconfig, "title" text, "description" text, "tags" text[],
  "original_name" text) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN ts_delete(setweight(to_tsvector("language", "plain_words" ("spellings" ("title"))), 'A')
  || setweight(to_tsvector("language", 'x0gap0x ' || "plain_words" ("spellings" (array_to_string("tags", ' x0gap0x ')))), 'B')
  || setweight(to_tsvector("language", 'x0gap0x ' || "plain_words" ("spellings" ("description"))), 'C')
  || setweight(to_tsvector("language", 'x0gap0x ' || "plain_words" ("spellings" ("original_name")) || ' x0gap0x ' ||
       "plain_words" ("spellings" ("name_parts" ("original_name")))), 'D')
  || setweight(to_tsvector('simple', 'x0gap0x ' || "plain_words" (array_to_string("names_of_stop_words" ("language",
       "tags" || "title" || regexp_replace("original_name", '\.[^.]*$', '')), ' x0gap0x '))), 'A'), 'x0gap0x');

-- As before, folded; and again in the plain form of each letter, where that is another one: as words of a query are.
CREATE OR REPLACE FUNCTION "asset_spelling" ("title" text, "description" text, "tags" text[], "original_name" text)
RETURNS text LANGUAGE plpgsql STABLE PARALLEL SAFE COST 10 AS $$
DECLARE
  "text" text := concat_ws(' ', "title", array_to_string("tags", ' '), "description", "original_name",
    "name_parts" ("original_name"));
BEGIN
  IF octet_length("text") = length("text") THEN RETURN "text"; END IF;
  RETURN concat_ws(' ', "folded" ("text"), nullif("folded" (normalize("text", NFKC)), "folded" ("text")));
END $$;

-- A part of a file name or a title is looked for in any spelling too.
DROP INDEX "asset_original_name_trgm_idx";
DROP INDEX "asset_title_trgm_idx";
CREATE INDEX "asset_original_name_trgm_idx" ON "asset" USING gin ("folded" ("original_name") gin_trgm_ops)
  WITH (gin_pending_list_limit = 64);
CREATE INDEX "asset_title_trgm_idx" ON "asset" USING gin ("folded" ("title") gin_trgm_ops)
  WITH (gin_pending_list_limit = 64);

-- The texts that there are beyond ASCII are written anew before a server listens, a page at a time (src/search/text-language.ts).
UPDATE "text_language" SET "complete" = 'unfolded'
WHERE "complete" = "written" AND EXISTS (SELECT FROM "asset_text" WHERE octet_length("spelling") <> length("spelling"));
