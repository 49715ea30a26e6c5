import type { Find } from './ranking.js';

/** How many times as far it is looked back where the place to go on from has moved farther up. */
const GROWTH = 4;

/**
 * The same list for whoever reads it part by part: what was read of it stays, and it goes on behind that, wherever that has
 * moved meanwhile. By its offset alone the next part would leave out as many as were taken out above it.
 */
export function steadyList<Found extends { readonly id: string }>(find: Find<Found>): Find<Found> {
  let start = 0;
  let read: Found[] = [];
  let isWhole = false;

  return async (limit, offset) => {
    const end = start + read.length;
    const isBehind = read.length > 0 && offset >= start && offset <= end;
    const missing = offset + limit - end;
    if (!isBehind) {
      read = [...(await find(limit, offset))];
      start = offset;
      isWhole = read.length < limit;
    } else if (missing > 0 && !isWhole) {
      const more = await readBehind(find, read, end, missing);
      read.push(...more);
      isWhole = more.length < missing;
    }
    return read.slice(offset - start, offset - start + limit);
  };
}

/** @param place where what was read ended when it was */
async function readBehind<Found extends { readonly id: string }>(
  find: Find<Found>,
  read: readonly Found[],
  place: number,
  count: number,
): Promise<readonly Found[]> {
  const known = new Set(read.map(({ id }) => id));
  for (let back = 1, ahead = count; ;) {
    const offset = Math.max(0, place - back);
    const limit = place - offset + ahead;
    const found = await find(limit, offset);
    const last = found.findLastIndex(({ id }) => known.has(id));
    const more = found.slice(last + 1, last + 1 + count);
    if (last === -1 && offset > 0) back *= GROWTH;
    else if (more.length === count || found.length < limit) return more;
    else ahead *= GROWTH;
  }
}
