import { z } from 'zod';
import { checkFirst, cursorsOf, timePosition, toPage, type Edge, type Page, type PageRequest } from './pagination.js';

const position = z.tuple([timePosition, z.uuid()]);

/** Which rows, and how many, a page takes. */
interface LatestQuery {
  readonly where: {
    createdAt?: { lte: Date };
    OR?: ({ createdAt: { lt: Date } } | { createdAt: Date; id: { lt: string } })[];
  };
  readonly orderBy: [{ createdAt: 'desc' }, { id: 'desc' }];
  readonly take: number;
}

/**
 * A page of rows, the latest first, and of one moment in the order of their ids.
 * @throws INVALID_ARGUMENT, INVALID_CURSOR
 */
export async function pageOfLatest<Row extends { readonly id: string; readonly createdAt: Date }>(
  list: string,
  page: PageRequest,
  find: (query: LatestQuery) => Promise<Row[]>,
): Promise<Page<Edge<Row>>> {
  const cursors = cursorsOf([list], position);
  const where = page.after == null ? {} : before(...cursors.decode(page.after));
  const rows = await find({
    where,
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
    take: checkFirst(page.first) + 1,
  });
  return toPage(
    rows.map((node) => ({ node, cursor: cursors.encode([node.createdAt.getTime(), node.id]) })),
    page,
  );
}

function before(time: number, id: string): LatestQuery['where'] {
  const createdAt = new Date(time);
  return { createdAt: { lte: createdAt }, OR: [{ createdAt: { lt: createdAt } }, { createdAt, id: { lt: id } }] };
}
