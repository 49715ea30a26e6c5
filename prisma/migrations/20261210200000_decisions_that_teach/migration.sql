-- Of competing labels those that are accepted count as decisions, one of each picture that taught. So that no set takes what it
-- does not count any more for decisions that were taken back, and learns anew.
UPDATE "label_head" SET "decisions" = "pictures" WHERE "is_exclusive";
