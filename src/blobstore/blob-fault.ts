import type { BlobStore } from './blobstore.js';
import { AfterimageError } from '../errors.js';

// What the system answers for a file that it does not give or take, or that cannot be where its folders are: nothing that
// the next file need suffer from, as a full disk or a lost connection.
const OF_ONE_FILE = ['EACCES', 'EEXIST', 'EIO', 'EISDIR', 'ELOOP', 'ENOTDIR', 'EPERM'];
const OF_ALL_WRITES = ['write', 'fsync'];

/** Whether an error of the system is of one file and says nothing of the others. */
export function isOfOneFile({ code = '', syscall = '' }: NodeJS.ErrnoException): boolean {
  return OF_ONE_FILE.includes(code) && !OF_ALL_WRITES.includes(syscall);
}

/**
 * What is wrong with the one blob that could not be read or written, where the store is there for others.
 * @param error what the call, or the stream that it gave, has ended in
 * @returns `none`, or the system's own code
 * @throws the error where it is not of one blob; BLOB_STORE_FAILED where the store is away
 */
export async function faultOf(blobs: BlobStore, error: unknown): Promise<string> {
  const fault = ownFault(error);
  if (fault === null) throw error;
  await blobs.ping();
  return fault;
}

function ownFault(error: unknown): string | null {
  if (!(error instanceof AfterimageError)) {
    const { code, syscall } = error as NodeJS.ErrnoException;
    // Any other may be of what the bytes go to.
    return syscall === 'read' && isOfOneFile(error as NodeJS.ErrnoException) ? code! : null;
  }
  if (error.code === 'BLOB_NOT_FOUND') return 'none';
  const cause = (error.cause ?? {}) as NodeJS.ErrnoException;
  return error.code === 'BLOB_STORE_FAILED' && isOfOneFile(cause) ? cause.code! : null;
}
