-- Whether a person has decided the same again, whatever the model thinks.
ALTER TABLE "asset_label" ADD COLUMN "is_upheld" BOOLEAN NOT NULL DEFAULT false;
