import { AfterimageError } from '../errors.js';

// What the system answers for a path where there is no file, and for one where there can be none.
const MISSING = ['ENOENT', 'ENOTDIR', 'EISDIR', 'ERR_FS_EISDIR', 'ELOOP', 'ENAMETOOLONG'];

/** Runs a call of the file system. @throws BLOB_STORE_FAILED with the system's own error as its cause */
export async function attempt<T>(verb: string, name: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (cause) {
    throw storeFailed(verb, name, cause);
  }
}

export function storeFailed(verb: string, name: string, cause: unknown): AfterimageError {
  const reason = (cause as NodeJS.ErrnoException).code ?? (cause as Error).message;
  const message = `expected the blob store to ${verb} ${JSON.stringify(name)}, received ${reason}`;
  return new AfterimageError('BLOB_STORE_FAILED', message, { cause });
}

/** Null where there is no such file. */
export async function orMissing<T>(call: Promise<T>): Promise<T | null> {
  try {
    return await call;
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

export function isMissing(error: unknown): boolean {
  return MISSING.includes((error as NodeJS.ErrnoException).code ?? '');
}

export function blobNotFound(key: string): AfterimageError {
  return new AfterimageError('BLOB_NOT_FOUND', `expected a blob for key ${JSON.stringify(key)}, received none`);
}
