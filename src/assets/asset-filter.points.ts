import { checkFilter } from './asset-filter.check.js';
import { givenConditions } from './asset-filter.conditions.js';
import type { AssetFilter } from './asset-filter.js';
import { readyIds } from './asset-filter.rows.js';
import type { PrismaClient } from '../database/database.js';
import type { Filter } from '../vectorstore/vectorstore.js';

/**
 * The filter for the vector store. What that does not know is looked up in Postgres first.
 * @throws INVALID_FILTER
 */
export async function pointCondition(
  prisma: Pick<PrismaClient, '$queryRaw'>,
  libraryId: string,
  filter: AssetFilter,
): Promise<Filter> {
  checkFilter(filter);
  const given = givenConditions(filter);
  const isKnown = given.every(({ condition }) => condition.points);
  const conditions = isKnown
    ? given.map(({ condition, value }) => condition.points!(value))
    : [{ ids: await readyIds(prisma, libraryId, filter) }];
  return { and: [{ field: 'isTrashed', in: [filter.isTrashed ?? false] }, ...conditions] };
}
