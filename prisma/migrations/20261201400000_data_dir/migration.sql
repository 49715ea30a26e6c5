-- Written by the first start over the folder that the files of the assets are in; nothing here knows which that is.
CREATE TABLE "data_dir" (
  "only_row" boolean PRIMARY KEY DEFAULT true CHECK ("only_row"),
  "id" uuid NOT NULL
);
