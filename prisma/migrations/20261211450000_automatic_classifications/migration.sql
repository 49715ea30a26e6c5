-- A set that suggests by itself classifies the library anew when it has learned.
ALTER TABLE "classification" ADD COLUMN "is_automatic" boolean NOT NULL DEFAULT false;
