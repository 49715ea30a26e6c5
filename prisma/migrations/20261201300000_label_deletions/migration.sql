-- What goes off assets with a label that is deleted is in their history, as a batch that says who deleted it.
ALTER TYPE "label_batch_kind" ADD VALUE 'DELETION';
ALTER TABLE "label" ADD COLUMN "deletion_id" uuid;
