import { assetRecord } from './asset-record.js';
import { OR_SUCCEEDED, WANTED_MODELS } from './asset-embeddings.js';
import type { PrismaClient } from '../database/database.js';
import type { Asset } from '../database/generated/client.js';

/**
 * Says of an asset that it is READY, and of which models it has embeddings, at one moment.
 * @returns `gone` where it has been deleted, `lacking` where it has none of a model without which it may not become READY;
 *   then nothing is written
 */
export async function becomeReady(
  prisma: PrismaClient,
  id: string,
  modelIds: readonly string[],
  fields: Partial<Omit<Asset, 'byteSize'>>,
): Promise<'ready' | 'gone' | 'lacking'> {
  const { columns, values, source } = assetRecord({
    ...fields,
    state: 'READY',
    failureCode: null,
    failureMessage: null,
  });
  const ids = [...modelIds];
  // One statement where a transaction would take five: this is done for each picture that comes in.
  const [row] = await prisma.$queryRaw<{ isReady: boolean; isLacking: boolean }[]>`
    WITH "wanted" AS (${WANTED_MODELS}),
    "lacking" AS (SELECT FROM "wanted" WHERE "isRequired" AND "id" <> ALL (${ids})),
    "ready" AS (
      UPDATE "asset" SET (${columns}) = (SELECT ${values} FROM ${source}), "processed_at" = now(), "updated_at" = now()
      WHERE "id" = ${id}::uuid AND NOT EXISTS (SELECT FROM "lacking") RETURNING "id"),
    "embedded" AS (
      INSERT INTO "embedding" ("asset_id", "model_id")
      SELECT "ready"."id", "wanted"."id" FROM "ready", "wanted" WHERE "wanted"."id" = ANY (${ids})
      ${OR_SUCCEEDED})
    SELECT EXISTS (SELECT FROM "ready") AS "isReady", EXISTS (SELECT FROM "lacking") AS "isLacking"`;
  if (row!.isLacking) return 'lacking';
  return row!.isReady ? 'ready' : 'gone';
}
