import { checkFilter } from './asset-filter.check.js';
import { allOf } from './asset-filter.condition.js';
import { givenConditions } from './asset-filter.conditions.js';
import type { AssetFilter } from './asset-filter.js';
import { rowConditions } from './asset-filter.rows.js';
import { lookUp } from './looked-up.js';
import type { PrismaClient } from '../database/database.js';
import type { Filter } from '../vectorstore/vectorstore.js';

/**
 * The filter for the vector store. A part of it with a condition that the store does not know is looked up in Postgres,
 * the whole part, which is fewer assets than the condition alone.
 * @throws INVALID_FILTER
 */
export async function pointCondition(
  prisma: Pick<PrismaClient, '$queryRaw'>,
  libraryId: string,
  filter: AssetFilter,
): Promise<Filter> {
  checkFilter(filter);
  const isTrashed = filter.isTrashed ?? false;

  const toPoints = async (part: AssetFilter): Promise<Filter> => {
    const given = givenConditions(part);
    if (given.some(({ condition }) => !condition.points)) {
      const { own, parts } = await rowConditions(prisma, libraryId, { ...part, isTrashed });
      return lookUp(prisma, own, allOf(parts));
    }
    const and = given.map(({ condition, value }) => condition.points!(value));
    if (part.and) and.push(...(await Promise.all(part.and.map(toPoints))));
    if (part.or) and.push({ or: await Promise.all(part.or.map(toPoints)) });
    if (part.not) and.push({ not: await toPoints(part.not) });
    return and.length === 1 ? and[0]! : { and };
  };
  return { and: [{ field: 'isTrashed', in: [isTrashed] }, await toPoints(filter)] };
}
