import { checkFilter } from './asset-filter.check.js';
import { givenConditions, type LabelIds } from './asset-filter.conditions.js';
import type { AssetFilter } from './asset-filter.js';
import { labelKey } from './label-name.js';
import { Prisma, type PrismaClient } from '../database/database.js';

type Client = Pick<PrismaClient, '$queryRaw'>;

/**
 * The filter as a condition on the columns of the table "asset", which only assets of the library meet.
 * @throws INVALID_FILTER
 */
export async function rowCondition(prisma: Client, libraryId: string, filter: AssetFilter): Promise<Prisma.Sql> {
  checkFilter(filter);
  const labels = await labelIds(prisma, libraryId, filter);
  const isTrashed = filter.isTrashed ? Prisma.sql`IS NOT NULL` : Prisma.sql`IS NULL`;
  const conditions = givenConditions(filter).map(({ condition, value }) => condition.rows(value, labels));
  const own = Prisma.sql`asset.library_id = ${libraryId}::uuid AND asset.trashed_at ${isTrashed}`;
  return Prisma.join([own, ...conditions], ' AND ');
}

/** Ids of all READY assets that meet the filter. @throws INVALID_FILTER */
export async function readyIds(prisma: Client, libraryId: string, filter: AssetFilter): Promise<string[]> {
  const condition = await rowCondition(prisma, libraryId, filter);
  const rows = await prisma.$queryRaw<{ id: string }[]>`
    SELECT asset.id FROM asset WHERE asset.state = 'READY' AND ${condition}`;
  return rows.map(({ id }) => id);
}

async function labelIds(prisma: Client, libraryId: string, filter: AssetFilter): Promise<LabelIds> {
  const names = givenConditions(filter).flatMap(({ condition, value }) => condition.labels?.(value) ?? []);
  if (names.length === 0) return new Map();
  const rows = await prisma.$queryRaw<{ id: string; key: string }[]>`
    SELECT id, name_key AS key FROM label
    WHERE library_id = ${libraryId}::uuid AND name_key = ANY (${names.map(labelKey)}::text[])`;
  return new Map(rows.map(({ id, key }) => [key, id]));
}
