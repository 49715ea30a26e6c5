import { z } from 'zod';
import { checkFirst, cursorsOf, toPage, type Edge, type Page, type PageRequest } from '../pagination.js';
import { storable } from '../storable-text.js';

const position = z.string().refine((nameKey) => nameKey === storable(nameKey));

/**
 * A page of rows whose names differ within a library, in the order of these.
 * @param find `take` rows by `nameKey`, those after the one of `where`
 * @throws INVALID_ARGUMENT, INVALID_CURSOR
 */
export async function pageByName<Row extends { readonly nameKey: string }>(
  list: string,
  page: PageRequest,
  find: (query: { where: { nameKey?: { gt: string } }; orderBy: { nameKey: 'asc' }; take: number }) => Promise<Row[]>,
): Promise<Page<Edge<Row>>> {
  const cursors = cursorsOf([list], position);
  const where = page.after == null ? {} : { nameKey: { gt: cursors.decode(page.after) } };
  const rows = await find({ where, orderBy: { nameKey: 'asc' }, take: checkFirst(page.first) + 1 });
  return toPage(
    rows.map((node) => ({ node, cursor: cursors.encode(node.nameKey) })),
    page,
  );
}
