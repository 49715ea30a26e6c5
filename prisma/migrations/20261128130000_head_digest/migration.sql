-- SHA-256 of the decisions that a head was trained on: two processes that learn from the same ones keep one version.
ALTER TABLE "label_head" ADD COLUMN "digest" bytea;
