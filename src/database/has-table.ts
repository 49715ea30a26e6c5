import type { PrismaClient } from './generated/client.js';

/** For a database that may not have been migrated yet. */
export async function hasTable(prisma: PrismaClient, name: string): Promise<boolean> {
  const [table] = await prisma.$queryRaw<[{ isThere: boolean }]>`
    SELECT to_regclass(quote_ident(${name})) IS NOT NULL AS "isThere"`;
  return table.isThere;
}
