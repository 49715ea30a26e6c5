import type { FindingKind } from './finding.js';
import type { LibraryParts } from './library-parts.js';
import { embedAgain, enqueue, markLost } from './mend-assets.js';
import { processAgain } from '../assets/process-again.js';
import { faultOf } from '../blobstore/blob-fault.js';
import type { BlobStore } from '../blobstore/blobstore.js';

// Far longer than the lease of an upload, which has an owner anyway: what is younger may be of something unforeseen.
const MIN_AGE_MS = 60 * 60_000;

/** Mends what the findings of one kind are about. @returns how many were mended; the others are left as they are */
type Mend = (library: LibraryParts, subjects: readonly string[]) => Promise<number>;

/** Null where a person has to decide. Each may run twice, and beside a server. */
export const MENDS: Readonly<Record<FindingKind, Mend | null>> = {
  'expired-upload': all(({ uploads }) => uploads.sweep()),
  'original-missing': (library, ids) => markLost(library, ids, 'ORIGINAL_MISSING'),
  'original-damaged': (library, ids) => markLost(library, ids, 'ORIGINAL_DAMAGED'),
  // The bytes may be there for another user, or once the disk is mended.
  'original-unreadable': null,
  'original-found': all(({ prisma }, ids) => processAgain(prisma, ids, 'FAILED')),
  'rendition-missing': all(({ prisma }, ids) => processAgain(prisma, ids, 'READY')),
  'vector-missing': all(embedAgain),
  'vector-outdated': all((library, ids) => enqueue(library, ids, 'SYNC_VECTOR')),
  'model-other': all((library, ids) => enqueue(library, ids, 'EMBED_ASSET')),
  'job-missing': all((library, ids) => enqueue(library, ids, 'PROCESS_ASSET')),
  'job-stray': all(async ({ prisma }, ids) => {
    await prisma.job.updateMany({ where: { id: { in: [...ids] }, state: 'QUEUED' }, data: { kind: 'PURGE_ASSET' } });
  }),
  'file-stray': ({ blobs }, keys) => removeFiles(blobs, keys),
  'file-foreign': null,
  'folder-unreadable': null,
  'vector-stray': all(({ collection }, ids) => collection.delete(ids)),
  'vector-foreign': null,
  'database-case': null,
};

function all(mend: (library: LibraryParts, subjects: readonly string[]) => Promise<void>): Mend {
  return async (library, subjects) => {
    await mend(library, subjects);
    return subjects.length;
  };
}

async function removeFiles(blobs: BlobStore, keys: readonly string[]): Promise<number> {
  const before = new Date(Date.now() - MIN_AGE_MS);
  const isOld = async (key: string): Promise<boolean> => {
    try {
      return ((await blobs.stat(key))?.modifiedAt ?? before) <= before;
    } catch (error) {
      await faultOf(blobs, error);
      return false;
    }
  };
  const areOld = await Promise.all(keys.map(isOld));
  const old = keys.filter((_, index) => areOld[index]);
  await blobs.delete(old);
  return old.length;
}
