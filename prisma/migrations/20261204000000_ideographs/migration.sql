-- As before, and each character of Chinese and Japanese, which have no spaces between words, is a word: what stands next to each
-- other is found as a phrase. The same characters as in src/search/query-words.ts.
CREATE OR REPLACE FUNCTION "plain_words" ("text" text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN octet_length("text") = length("text") THEN regexp_replace("text", '[[:punct:][:space:]]+', ' ', 'g')
  ELSE regexp_replace(regexp_replace(coalesce("text", ''), '[[:punct:][:space:]]+', ' ', 'g'),
    U&'[\3005-\3007\3041-\3096\309D-\309F\30A1-\30FA\30FC-\30FF\31F0-\31FF\3400-\4DBF\4E00-\9FFF\F900-\FAFF\+020000-\+0323AF]',
    ' \& ', 'g') END;

-- The texts that there are beyond ASCII are written anew before a server listens, a page at a time (src/search/text-language.ts).
UPDATE "text_language" SET "complete" = 'unfolded'
WHERE "complete" = "written" AND EXISTS (SELECT FROM "asset_text" WHERE octet_length("spelling") <> length("spelling"));
