import type { Finding } from './finding.js';
import type { LibraryParts } from './library-parts.js';
import { knownLibraries, ownersOf } from './owners.js';
import { inPages } from '../pages.js';
import { FILE_NAMES, parseBlobKey } from '../assets/asset-files.js';
import type { PrismaClient } from '../database/database.js';

/** Files without rows. */
export async function* checkStrayFiles({ prisma, blobs }: LibraryParts): AsyncIterable<Finding[]> {
  for await (const keys of inPages(blobs.list(''))) {
    const findings = await examine(prisma, keys);
    // What was removed since it was listed is none.
    const isThere = await Promise.all(findings.map(async ({ subject }) => (await blobs.stat(subject)) !== null));
    yield findings.filter((_, index) => isThere[index]);
  }
}

async function examine(prisma: PrismaClient, keys: readonly string[]): Promise<Finding[]> {
  const files = keys.map((key) => ({ key, ...parseBlobKey(key) }));
  const owners = await ownersOf(
    prisma,
    files.flatMap(({ assetId }) => assetId ?? []),
  );
  const strays = files.filter(
    ({ libraryId, assetId, fileName }) =>
      !fileName || owners.get(assetId!) !== libraryId || !FILE_NAMES.includes(fileName),
  );
  const libraries = await knownLibraries(
    prisma,
    strays.flatMap(({ libraryId }) => libraryId ?? []),
  );
  return strays.map(({ key, libraryId, fileName }) => ({
    kind: libraries.has(libraryId ?? '') && FILE_NAMES.includes(fileName!) ? 'file-stray' : 'file-foreign',
    subject: key,
  }));
}
