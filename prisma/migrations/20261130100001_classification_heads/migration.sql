-- The head that scores a classification from its first portion to its last, whatever is learned or taken back meanwhile.
ALTER TABLE "classification" ADD COLUMN "head_id" uuid REFERENCES "label_head" ("id") ON DELETE SET NULL;
UPDATE "classification" SET "head_id" = "label_head"."id" FROM "label_head"
WHERE "classification"."state" = 'RUNNING' AND "label_head"."state" = 'ACTIVE'
  AND "label_head"."label_set_id" = "classification"."label_set_id"
  AND "label_head"."model_id" = "classification"."model_id";
