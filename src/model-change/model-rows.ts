import type { Prisma, PrismaClient } from '../database/database.js';
import type { Model } from '../database/generated/client.js';
import { AfterimageError, expected } from '../errors.js';

/**
 * All rows, the active one first. Until the transaction ends nobody else changes which there are, and no asset becomes
 * READY.
 */
export async function lockModels(transaction: Prisma.TransactionClient): Promise<Model[]> {
  await transaction.$queryRaw`SELECT FROM "model" ORDER BY "id" FOR NO KEY UPDATE`;
  return transaction.model.findMany({ orderBy: [{ state: 'asc' }, { id: 'asc' }] });
}

/** From the end of the transaction on this model answers, in every process. The one before stands by. */
export async function switchTo(transaction: Prisma.TransactionClient, id: string): Promise<void> {
  await transaction.model.updateMany({ where: { state: 'ACTIVE' }, data: { state: 'STANDBY' } });
  await transaction.model.update({ where: { id }, data: { state: 'ACTIVE', activatedAt: new Date() } });
}

/**
 * The model that answers: that of the setting where the library has none yet, and else the one that it has. Safe where
 * processes start together.
 * @param configured what the setting names
 * @throws MODEL_INVALID when that has another dimension than the library has embeddings of
 */
export async function ensureActive(
  prisma: PrismaClient,
  configured: { readonly id: string; readonly dimension: number },
): Promise<Model> {
  const { id, dimension } = configured;
  await prisma.$executeRaw`
    INSERT INTO "model" ("id", "state", "dimension", "completed_at", "activated_at")
    SELECT ${id}, 'ACTIVE', ${dimension}, now(), now() WHERE NOT EXISTS (SELECT FROM "model" WHERE "state" = 'ACTIVE')
    ON CONFLICT DO NOTHING`;
  // A version before has left it out.
  await prisma.model.updateMany({ where: { id, dimension: null }, data: { dimension } });
  const active = await prisma.model.findFirstOrThrow({ where: { state: 'ACTIVE' } });
  if (active.id === id && active.dimension !== dimension)
    throw new AfterimageError(
      'MODEL_INVALID',
      expected(`${active.dimension}, which the library has embeddings of`, `the dimension of ${id}`, dimension),
    );
  return active;
}
