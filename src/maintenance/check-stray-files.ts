import type { Finding } from './finding.js';
import type { LibraryParts } from './library-parts.js';
import { knownLibraries, ownersOf } from './owners.js';
import { inPages } from '../pages.js';
import { FILE_NAMES, ORIGINAL, parseBlobKey } from '../assets/asset-files.js';
import { faultOf } from '../blobstore/blob-fault.js';
import type { BlobStore } from '../blobstore/blobstore.js';
import type { PrismaClient } from '../database/database.js';

/** Files without rows, and folders of which nobody can tell what is in them. */
export async function* checkStrayFiles({ prisma, blobs }: LibraryParts): AsyncIterable<Finding[]> {
  const unreadable: string[] = [];
  const onFault = async (folder: string, failure: unknown): Promise<void> => {
    await faultOf(blobs, failure);
    unreadable.push(folder);
  };
  for await (const keys of inPages(blobs.list('', onFault))) {
    const findings = await examine(prisma, keys);
    // What was removed since it was listed is none.
    const areThere = await Promise.all(findings.map(({ subject }) => isThere(blobs, subject)));
    yield findings.filter((_, index) => areThere[index]);
  }
  for (const folder of unreadable) {
    // That of an asset is its original that cannot be read.
    const isOfAsset = (await examine(prisma, [`${folder}${ORIGINAL}`])).length === 0;
    if (!isOfAsset) yield [{ kind: 'folder-unreadable', subject: folder }];
  }
}

async function isThere(blobs: BlobStore, key: string): Promise<boolean> {
  try {
    return (await blobs.stat(key)) !== null;
  } catch (error) {
    await faultOf(blobs, error);
    return true;
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
