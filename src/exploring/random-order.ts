import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { AssetFilter } from '../assets/asset-filter.js';
import { rowCondition } from '../assets/asset-filter.rows.js';
import { composed } from '../composed.js';
import { Prisma, type PrismaClient } from '../database/database.js';
import { AfterimageError, expected } from '../errors.js';
import { checkFirst, cursorsOf, type PageRequest } from '../pagination.js';

const MAX_SEED = 200;
const position = z.tuple([z.string().regex(/^[0-9a-f]{32}$/), z.uuid()]);

export interface RandomRequest extends PageRequest {
  /** Any text of 1 to 200 characters, composed (NFC). */
  readonly seed: string;
  readonly filter?: AssetFilter | null;
}

export interface RandomId {
  readonly id: string;
  readonly cursor: string;
}

/**
 * Assets in the order of a hash of seed and id: every order is equally likely, the same seed gives the same, and an asset
 * that comes or goes moves no other.
 * @returns up to `first + 1`
 * @throws INVALID_ARGUMENT, INVALID_FILTER, INVALID_CURSOR
 */
export async function randomIds(
  prisma: PrismaClient,
  libraryId: string,
  { filter, first, after, ...request }: RandomRequest,
): Promise<RandomId[]> {
  const seed = composed(request.seed);
  if (seed.length === 0 || seed.length > MAX_SEED)
    throw new AfterimageError('INVALID_ARGUMENT', expected(`1 to ${MAX_SEED} characters`, 'seed', seed));
  // Of a length, so that no two pairs of seed and id are the same text, and without what Postgres takes in no text.
  const salt = createHash('sha256').update(seed).digest('hex');
  const hash = Prisma.sql`md5(${salt} || asset.id::text) COLLATE "C"`;
  const cursors = cursorsOf(['random', salt, filter ?? {}], position);
  let rest = Prisma.sql`true`;
  if (after != null) {
    const [lastHash, lastId] = cursors.decode(after);
    rest = Prisma.sql`(${hash}, asset.id) > (${lastHash}, ${lastId}::uuid)`;
  }
  const condition = await rowCondition(prisma, libraryId, filter ?? {});
  const rows = await prisma.$queryRaw<{ id: string; hash: string }[]>`
    SELECT asset.id, ${hash} AS hash FROM asset
    WHERE ${condition} AND ${rest}
    ORDER BY hash, asset.id LIMIT ${checkFirst(first) + 1}`;
  return rows.map(({ id, hash: itsHash }) => ({ id, cursor: cursors.encode([itsHash, id]) }));
}
