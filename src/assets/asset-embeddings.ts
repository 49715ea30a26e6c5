import { Prisma, type PrismaClient } from '../database/database.js';
import type { Failure } from '../jobs/job-queue.js';

/**
 * The models that an asset is to have embeddings of, and whether it may not become READY without: of the others each asset
 * that lacks an embedding is found later. Until the transaction ends no model is completed, or made the active one.
 */
export const WANTED_MODELS = Prisma.sql`
  SELECT "id", ("state" = 'ACTIVE' OR "completed_at" IS NOT NULL) AS "isRequired" FROM "model"
  WHERE "state" <> 'DROPPING' ORDER BY "id" FOR SHARE`;

/** Where an embedding had failed before. */
export const OR_SUCCEEDED = Prisma.sql`
  ON CONFLICT ("asset_id", "model_id") DO UPDATE SET "failure_code" = NULL, "failure_message" = NULL, "created_at" = now()`;

/**
 * Which assets have an embedding in the collection of which model, as Postgres says it. An embedding is in its collection
 * before it is said to be, so what is said is true.
 */
export class AssetEmbeddings {
  constructor(private readonly prisma: PrismaClient) {}

  /** Ids of the models that the asset has an embedding of. */
  async modelsOf(assetId: string): Promise<Set<string>> {
    const rows = await this.prisma.embedding.findMany({
      where: { assetId, failureCode: null },
      select: { modelId: true },
    });
    return new Set(rows.map(({ modelId }) => modelId));
  }

  /** Says that the asset has an embedding of the model, where both are still there. */
  async add(transaction: Prisma.TransactionClient, assetId: string, modelId: string): Promise<void> {
    await transaction.$executeRaw`
      INSERT INTO "embedding" ("asset_id", "model_id")
      SELECT "asset"."id", "model"."id" FROM "asset", "model"
      WHERE "asset"."id" = ${assetId}::uuid AND "model"."id" = ${modelId} AND "model"."state" <> 'DROPPING'
      ${OR_SUCCEEDED}`;
  }

  /** Says why the asset can have none of the models that it has none of. */
  async fail(transaction: Prisma.TransactionClient, assetId: string, { code, message }: Failure): Promise<void> {
    await transaction.$executeRaw`
      INSERT INTO "embedding" ("asset_id", "model_id", "failure_code", "failure_message")
      SELECT "asset"."id", "model"."id", ${code}, ${message} FROM "asset", "model"
      WHERE "asset"."id" = ${assetId}::uuid AND "model"."state" <> 'DROPPING'
      ON CONFLICT ("asset_id", "model_id") DO NOTHING`;
  }

  /** Ids of the models without which an asset may not become READY, of those that are not given; see `WANTED_MODELS`. */
  async lacking(transaction: Prisma.TransactionClient, modelIds: readonly string[]): Promise<string[]> {
    const rows = await transaction.$queryRaw<{ id: string; isRequired: boolean }[]>(WANTED_MODELS);
    return rows.flatMap(({ id, isRequired }) => (isRequired && !modelIds.includes(id) ? id : []));
  }

  /** Has what lacks an embedding of these models found and given one. The active model has to have them at once. */
  async expectLater(modelIds: readonly string[]): Promise<void> {
    if (modelIds.length === 0) return;
    await this.prisma.model.updateMany({
      where: { id: { in: [...modelIds] }, state: { not: 'ACTIVE' } },
      data: { completedAt: null, enqueuedUpTo: null },
    });
  }
}
