import { hasTable } from './has-table.js';
import type { PrismaClient } from './generated/client.js';
import { AfterimageError, expected } from '../errors.js';

const [UPPER, LOWER] = ['ÄΣŁI', 'äσłi'];
const CREATION = `create it with ENCODING 'UTF8' LOCALE 'C.UTF-8' TEMPLATE template0`;

/** To be told to whoever runs a library in a database that does not fold case. */
export const MOVING =
  'the database does not fold the case of letters beyond ASCII, or folds i as Turkish does, so names and words are not ' +
  `found in another case: dump it, restore it into a new one (${CREATION}), and run there ` +
  `UPDATE text_language SET complete = ''`;

/**
 * Refuses a database that cannot keep every text, and one that nobody has used yet and that does not fold case. What a
 * library is in already is taken as it is.
 * @throws DATABASE_UNUSABLE
 */
export async function requireTextSupport(prisma: PrismaClient): Promise<void> {
  const [{ encoding }] = await prisma.$queryRaw<[{ encoding: string }]>`SELECT getdatabaseencoding() AS "encoding"`;
  // First: to any other encoding the letters of the next question are unknown.
  if (encoding !== 'UTF8') throw unusable(expected('"UTF8"', 'the encoding of the database', encoding));
  if (await hasTable(prisma, '_prisma_migrations')) return;
  const lower = await lowerOf(prisma, UPPER);
  if (lower !== LOWER) throw unusable(expected(`"${LOWER}"`, `lower('${UPPER}') in the database`, lower));
}

/** By what it does: what a locale is called says little about the letters that it knows. */
export async function foldsCase(prisma: PrismaClient): Promise<boolean> {
  return (await lowerOf(prisma, UPPER)) === LOWER;
}

async function lowerOf(prisma: PrismaClient, text: string): Promise<string> {
  const [{ lower }] = await prisma.$queryRaw<[{ lower: string }]>`SELECT lower(${text}) AS "lower"`;
  return lower;
}

function unusable(message: string): AfterimageError {
  return new AfterimageError('DATABASE_UNUSABLE', `${message}: ${CREATION}`);
}
