import { assertNameTaken, nameTaken } from './taken-names.js';
import { Prisma } from '../database/database.js';
import { expected } from '../errors.js';
import type { Refusal } from '../refusal.js';

export function notFound(id: string): Refusal {
  return { code: 'COLLECTION_NOT_FOUND', message: expected('the id of a collection', 'id', id) };
}

export function noCover(coverId: string): Refusal {
  return { code: 'ASSET_NOT_FOUND', message: expected('the id of an asset', 'coverId', coverId), assetId: coverId };
}

/** What a write was refused for: another was quicker to take the name, or to delete the cover. @throws any other error */
export function refusalOf(
  error: unknown,
  { name, coverId }: { name?: string | null | undefined; coverId?: string | null | undefined },
): Refusal {
  if (coverId != null && isRowMissing(error)) return noCover(coverId);
  assertNameTaken(error);
  return nameTaken(name!);
}

/** Whether it says that a row which another refers to is not there. */
function isRowMissing(error: unknown): boolean {
  return error instanceof Prisma.PrismaClientKnownRequestError && error.code === 'P2003';
}

export function isSmart(id: string): Refusal {
  const message = expected('a collection of chosen assets', 'id', id);
  return { code: 'COLLECTION_IS_SMART', message: `${message}, a smart one` };
}
