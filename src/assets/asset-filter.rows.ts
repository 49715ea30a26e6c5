import { checkFilter } from './asset-filter.check.js';
import { allOf, anyOf, type LabelIds } from './asset-filter.condition.js';
import { givenConditions } from './asset-filter.conditions.js';
import type { AssetFilter, LabelNaming } from './asset-filter.js';
import { labelIds } from './named-labels.js';
import { Prisma, type PrismaClient } from '../database/database.js';

type Client = Pick<PrismaClient, '$queryRaw'>;

/**
 * The filter as a condition on the columns of the table "asset", which only assets of the library meet.
 * @throws INVALID_FILTER
 */
export async function rowCondition(prisma: Client, libraryId: string, filter: AssetFilter): Promise<Prisma.Sql> {
  const { own, parts } = await rowConditions(prisma, libraryId, filter);
  return Prisma.join([own, ...parts], ' AND ');
}

/** The same, `own` being what every filter has: the library, and whether in its trash. @throws INVALID_FILTER */
export async function rowConditions(
  prisma: Client,
  libraryId: string,
  filter: AssetFilter,
): Promise<{ readonly own: Prisma.Sql; readonly parts: readonly Prisma.Sql[] }> {
  checkFilter(filter);
  const labels = await labelIds(prisma, libraryId, namingsIn(filter));
  const isTrashed = filter.isTrashed ? Prisma.sql`IS NOT NULL` : Prisma.sql`IS NULL`;
  const own = Prisma.sql`asset.library_id = ${libraryId}::uuid AND asset.trashed_at ${isTrashed}`;
  return { own, parts: partsOf(filter, labels) };
}

/**
 * Ids of READY assets that meet a condition: of all, or a random sample of them, the same one every time and from an index.
 * Ids are random, so those with the smallest are one.
 * @param count at most so many
 */
export async function sampleIds(prisma: Client, condition: Prisma.Sql, count: number): Promise<string[]> {
  const rows = await prisma.$queryRaw<{ id: string }[]>`
    SELECT asset.id FROM asset WHERE asset.state = 'READY' AND ${condition} ORDER BY asset.id LIMIT ${count}`;
  return rows.map(({ id }) => id);
}

function partsOf(filter: AssetFilter, labels: LabelIds): Prisma.Sql[] {
  const toSql = (part: AssetFilter) => allOf(partsOf(part, labels));
  const parts = givenConditions(filter).map(({ condition, value }) => condition.rows(value, labels));
  if (filter.and) parts.push(...filter.and.map(toSql));
  if (filter.or) parts.push(anyOf(filter.or.map(toSql)));
  // Null is not met, where NOT would leave it null.
  if (filter.not) parts.push(Prisma.sql`(${toSql(filter.not)} IS NOT TRUE)`);
  return parts;
}

function namingsIn(filter: AssetFilter): LabelNaming[] {
  const own = givenConditions(filter).flatMap(({ condition, value }) => condition.labels?.(value) ?? []);
  const nested = [filter.and ?? [], filter.or ?? [], filter.not ?? []].flat();
  return [...own, ...nested.flatMap(namingsIn)];
}
