ALTER TYPE "label_batch_kind" ADD VALUE 'DUPLICATES';
