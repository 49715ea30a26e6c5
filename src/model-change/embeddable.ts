import { Prisma } from '../database/database.js';

/**
 * The condition on "next", a job of the background, that there is something in it for a process that cannot load these
 * models: one of an asset that lacks nothing but their embeddings is left to those that can.
 */
export function isEmbeddableWithout(modelIds: readonly string[]): Prisma.Sql {
  if (modelIds.length === 0) return Prisma.sql`TRUE`;
  const isOfThese = Prisma.sql`"id" = ANY (${[...modelIds]})`;
  return Prisma.sql`(NOT ${lacks(isOfThese)} OR ${lacks(Prisma.sql`NOT ${isOfThese}`)} OR NOT EXISTS (
    SELECT FROM "fingerprint" WHERE "asset_id" = "next"."asset_id" AND "is_compared"))`;
}

function lacks(condition: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`EXISTS (SELECT FROM "model" WHERE "state" <> 'DROPPING' AND ${condition} AND NOT EXISTS (
    SELECT FROM "embedding" WHERE "asset_id" = "next"."asset_id" AND "model_id" = "model"."id" AND "failure_code" IS NULL))`;
}
