import type { Prisma } from '../database/database.js';

/** Nobody else changes these label sets or their labels until the end of the transaction. @returns ids of those that are there */
export async function lockSets(transaction: Prisma.TransactionClient, ids: readonly string[]): Promise<Set<string>> {
  const found = await transaction.$queryRaw<{ id: string }[]>`
    SELECT "id" FROM "label_set" WHERE "id" = ANY(${[...ids]}::uuid[]) AND "deleted_at" IS NULL
    ORDER BY "id" FOR NO KEY UPDATE`;
  return new Set(found.map(({ id }) => id));
}
