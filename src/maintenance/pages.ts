import type { Prisma, PrismaClient } from '../database/database.js';
import type { Asset } from '../database/generated/client.js';

/** How many of anything are held at once. */
export const PAGE = 500;
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

/** Puts a stream into lists of `PAGE`, the last of which may be shorter. */
export async function* inPages<Item>(items: AsyncIterable<Item>): AsyncIterable<Item[]> {
  let page: Item[] = [];
  for await (const item of items) {
    page.push(item);
    if (page.length < PAGE) continue;
    yield page;
    page = [];
  }
  if (page.length > 0) yield page;
}

/** The items of lists, one by one. */
export async function* flat<Item>(lists: AsyncIterable<readonly Item[]>): AsyncIterable<Item> {
  for await (const list of lists) yield* list;
}
