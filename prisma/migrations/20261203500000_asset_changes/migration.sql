-- What clients that show the same assets are told of: a notice of the transaction that changes them, whoever makes it, which
-- goes out with its commit. Once a statement, however many assets it changes.

-- In several notices where one would be too long: Postgres takes less than 8,000 bytes, and 180 ids have 6,700.
CREATE FUNCTION "tell_of_assets" ("kind" text, "library" uuid, "ids" uuid[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  FOR "first" IN 1 .. cardinality("ids") BY 180 LOOP
    PERFORM pg_notify('afterimage', json_build_array('database', 'assetsChanged',
      concat_ws(' ', "library", "kind", array_to_string("ids"["first" : "first" + 179], ' ')))::text);
  END LOOP;
END $$;

-- One that comes from an archive is READY at once.
CREATE FUNCTION "tell_of_added_assets" () RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM "tell_of_assets" ("kind", "library_id", array_agg("id" ORDER BY "id"))
  FROM (SELECT *, CASE "state" WHEN 'PENDING' THEN 'UPLOADED' ELSE 'PROCESSED' END AS "kind" FROM "added") AS "told"
  GROUP BY "kind", "library_id";
  RETURN NULL;
END $$;
CREATE TRIGGER "tell_of_added_assets" AFTER INSERT ON "asset" REFERENCING NEW TABLE AS "added"
  FOR EACH STATEMENT EXECUTE FUNCTION "tell_of_added_assets" ();

-- What is written of one that is PENDING comes with its end. Both tables have the same rows: a full join takes Postgres, which
-- does not know how many, through each of them once.
CREATE FUNCTION "tell_of_changed_assets" () RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM "tell_of_assets" ("kind", "library_id", array_agg("id" ORDER BY "id"))
  FROM (
    SELECT "after"."id", "after"."library_id", CASE
      WHEN "before"."trashed_at" IS NULL AND "after"."trashed_at" IS NOT NULL THEN 'TRASHED'
      WHEN "before"."trashed_at" IS NOT NULL AND "after"."trashed_at" IS NULL THEN 'RESTORED'
      WHEN "before"."state" = 'PENDING' AND "after"."state" = 'PENDING' THEN NULL
      WHEN "before"."state" <> "after"."state" AND "after"."state" <> 'PENDING' THEN 'PROCESSED'
      WHEN to_jsonb("before") - 'updated_at' <> to_jsonb("after") - 'updated_at' THEN 'UPDATED'
      END AS "kind"
    FROM "before" FULL JOIN "after" ON "before"."id" = "after"."id") AS "told"
  WHERE "kind" IS NOT NULL
  GROUP BY "kind", "library_id";
  RETURN NULL;
END $$;
CREATE TRIGGER "tell_of_changed_assets" AFTER UPDATE ON "asset" REFERENCING OLD TABLE AS "before" NEW TABLE AS "after"
  FOR EACH STATEMENT EXECUTE FUNCTION "tell_of_changed_assets" ();

CREATE FUNCTION "tell_of_deleted_assets" () RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM "tell_of_assets" ('DELETED', "library_id", array_agg("id" ORDER BY "id")) FROM "gone" GROUP BY "library_id";
  RETURN NULL;
END $$;
CREATE TRIGGER "tell_of_deleted_assets" AFTER DELETE ON "asset" REFERENCING OLD TABLE AS "gone"
  FOR EACH STATEMENT EXECUTE FUNCTION "tell_of_deleted_assets" ();

-- Of the same changes as webhooks: what a model thinks of a decision is none, and what goes with its asset is not told.
CREATE FUNCTION "tell_of_labels" () RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE "ids" uuid[];
BEGIN
  IF TG_OP = 'UPDATE' THEN
    SELECT array_agg("asset_id") INTO "ids"
    FROM "before" FULL JOIN "changed" USING ("asset_id", "label_id")
    WHERE ("before"."source", "before"."state", "before"."revision")
      IS DISTINCT FROM ("changed"."source", "changed"."state", "changed"."revision");
  ELSE
    SELECT array_agg("asset_id") INTO "ids" FROM "changed";
  END IF;
  PERFORM "tell_of_assets" ('LABELS_CHANGED', "library_id", array_agg("id" ORDER BY "id"))
  FROM "asset" WHERE "id" = ANY ("ids") GROUP BY "library_id";
  RETURN NULL;
END $$;
CREATE TRIGGER "tell_of_labels_insert" AFTER INSERT ON "asset_label" REFERENCING NEW TABLE AS "changed"
  FOR EACH STATEMENT EXECUTE FUNCTION "tell_of_labels" ();
CREATE TRIGGER "tell_of_labels_delete" AFTER DELETE ON "asset_label" REFERENCING OLD TABLE AS "changed"
  FOR EACH STATEMENT EXECUTE FUNCTION "tell_of_labels" ();
CREATE TRIGGER "tell_of_labels_update" AFTER UPDATE ON "asset_label"
  REFERENCING OLD TABLE AS "before" NEW TABLE AS "changed"
  FOR EACH STATEMENT EXECUTE FUNCTION "tell_of_labels" ();
