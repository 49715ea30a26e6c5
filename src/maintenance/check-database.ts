import type { Finding } from './finding.js';
import type { LibraryParts } from './library-parts.js';
import { foldsCase } from '../database/text-support.js';

/** A database in which names and words are not found in another case. */
export async function* checkDatabase({ prisma }: LibraryParts): AsyncIterable<Finding[]> {
  if (await foldsCase(prisma)) return;
  const [{ name }] = await prisma.$queryRaw<[{ name: string }]>`SELECT current_database() AS "name"`;
  yield [{ kind: 'database-case', subject: name }];
}
