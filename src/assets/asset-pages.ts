import type { Prisma, PrismaClient } from '../database/database.js';
import type { Asset } from '../database/generated/client.js';
import { PAGE } from '../pages.js';

const BEFORE_ALL = '00000000-0000-0000-0000-000000000000';

/** Every asset that meets a condition, by id, a page at a time. */
export function assetPages(prisma: PrismaClient, where: Prisma.AssetWhereInput = {}): AsyncIterable<Asset[]> {
  return pagesById((after) =>
    prisma.asset.findMany({ where: { AND: [where, { id: { gt: after } }] }, orderBy: { id: 'asc' }, take: PAGE }),
  );
}

/**
 * @param read the `PAGE` rows that come after an id, by id
 * @returns pages that are not empty
 */
export async function* pagesById<Row extends { readonly id: string }>(
  read: (after: string) => Promise<Row[]>,
): AsyncIterable<Row[]> {
  for (let after = BEFORE_ALL; ;) {
    const page = await read(after);
    if (page.length === 0) return;
    yield page;
    after = page.at(-1)!.id;
  }
}
