import { Prisma, type PrismaClient } from '../database/database.js';
import type { Filter } from '../vectorstore/vectorstore.js';

/** So many ids take a vector store about 0.2 s: docs/decisions/012-filters-and-facets.md. */
const FEW = 25_000;

/**
 * What the vector store is told of a condition that it does not know: the ids of the READY assets that meet it, or of those
 * that do not, where these are fewer.
 *
 * @param among,condition on the columns of the table "asset"
 */
export async function lookUp(
  prisma: Pick<PrismaClient, '$queryRaw'>,
  among: Prisma.Sql,
  condition: Prisma.Sql,
): Promise<Filter> {
  const idsWhere = async (part: Prisma.Sql, limit: number | null) => {
    const rows = await prisma.$queryRaw<{ id: string }[]>`
      SELECT asset.id FROM asset WHERE asset.state = 'READY' AND ${among} AND ${part} LIMIT ${limit}`;
    return rows.map(({ id }) => id);
  };
  const first = await idsWhere(condition, FEW + 1);
  if (first.length <= FEW) return { ids: first };
  const [counts] = await prisma.$queryRaw<[{ all: number; met: number }]>`
    SELECT count(*)::int AS "all", count(*) FILTER (WHERE ${condition})::int AS "met"
    FROM asset WHERE asset.state = 'READY' AND ${among}`;
  if (counts.met <= counts.all / 2) return { ids: await idsWhere(condition, null) };
  return { not: { ids: await idsWhere(Prisma.sql`(${condition}) IS NOT TRUE`, null) } };
}
