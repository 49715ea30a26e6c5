import { columnOf } from './asset-columns.js';
import { assetRecords, type AssetField } from './asset-record.js';
import { SUGGEST_LABELS } from './automatic-labels.sql.js';
import { OR_SUCCEEDED, WANTED_MODELS } from './asset-embeddings.js';
import { SAYABLE_CAPTURE } from './known-capture.js';
import { Prisma, type PrismaClient } from '../database/database.js';
import type { Asset } from '../database/generated/client.js';

export interface ReadyAsset {
  readonly id: string;
  readonly modelIds: readonly string[];
  /** The same ones of every asset. */
  readonly fields: Partial<Omit<Asset, 'byteSize'>>;
}

/** `gone`: deleted; `lacking`: without an embedding of a model without which it may not become READY. */
export type Readiness = 'ready' | 'gone' | 'lacking';

/**
 * Says of assets that they are READY, and of which models they have embeddings, at one moment, and enqueues the jobs that
 * suggest the labels of automatic sets. Of one that is not READY then nothing is written.
 */
export async function becomeReady(
  prisma: PrismaClient,
  assets: readonly ReadyAsset[],
): Promise<ReadonlyMap<string, Readiness>> {
  const state = { state: 'READY', failureCode: null, failureMessage: null } as const;
  const { columns, values, source } = assetRecords(
    assets.map(({ id, fields }) => ({ id, ...fields, ...state })),
    ['id'],
    besideSaid,
  );
  const embedded = JSON.stringify(assets.flatMap(({ id, modelIds }) => modelIds.map((modelId) => ({ id, modelId }))));
  // One statement where a transaction would take five: this is done for all pictures that come in.
  const rows = await prisma.$queryRaw<{ id: string; readiness: Readiness }[]>`
    WITH "wanted" AS (${WANTED_MODELS}),
    "given" AS (SELECT * FROM ${source}),
    "made" AS (SELECT * FROM jsonb_to_recordset(${embedded}::jsonb) AS "made" ("id" uuid, "modelId" text)),
    "lacking" AS (
      SELECT "given"."id" FROM "given", "wanted" WHERE "isRequired"
        AND NOT EXISTS (SELECT FROM "made" WHERE "made"."id" = "given"."id" AND "modelId" = "wanted"."id")),
    "held" AS (
      SELECT "id" FROM "asset" WHERE "id" IN (SELECT "id" FROM "given") AND "id" NOT IN (SELECT "id" FROM "lacking")
      ORDER BY "id" FOR NO KEY UPDATE),
    "ready" AS (
      UPDATE "asset" SET (${columns}) = (SELECT ${values}), "processed_at" = now(), "updated_at" = now()
      FROM "given" JOIN "held" USING ("id") WHERE "asset"."id" = "given"."id"
      RETURNING "asset"."id", "asset"."library_id"),
    ${SUGGEST_LABELS},
    "embedded" AS (
      INSERT INTO "embedding" ("asset_id", "model_id")
      SELECT "ready"."id", "wanted"."id" FROM "ready" JOIN "made" USING ("id") JOIN "wanted" ON "wanted"."id" = "modelId"
      ${OR_SUCCEEDED})
    SELECT "given"."id", CASE WHEN "lacking"."id" IS NOT NULL THEN 'lacking' WHEN "ready"."id" IS NOT NULL THEN 'ready'
      ELSE 'gone' END AS "readiness"
    FROM "given" LEFT JOIN (SELECT DISTINCT "id" FROM "lacking") AS "lacking" USING ("id") LEFT JOIN "ready" USING ("id")`;
  return new Map(rows.map(({ id, readiness }) => [id, readiness]));
}

/** What a person has said stays, also what was said since the file was read. */
function besideSaid(field: AssetField, given: Prisma.Sql): Prisma.Sql {
  const now = Prisma.raw(`"asset"."${columnOf(field)}"`);
  if (field === 'settledFields') return Prisma.sql`ARRAY(SELECT DISTINCT unnest(${now} || ${given}) ORDER BY 1)`;
  return SAYABLE_CAPTURE.some((said) => said === field)
    ? Prisma.sql`CASE WHEN ${field} = ANY ("asset"."settled_fields") THEN ${now} ELSE ${given} END`
    : given;
}
