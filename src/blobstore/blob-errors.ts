import { AfterimageError } from '../errors.js';

/** Runs a call of what is behind a store. @throws BLOB_STORE_FAILED with the call's own error as its cause */
export async function attempt<T>(verb: string, name: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (cause) {
    throw storeFailed(verb, name, cause);
  }
}

export function storeFailed(verb: string, name: string, cause: unknown): AfterimageError {
  const message = `expected the blob store to ${verb} ${JSON.stringify(name)}, received ${reason(cause)}`;
  return new AfterimageError('BLOB_STORE_FAILED', message, { cause });
}

export function blobNotFound(key: string): AfterimageError {
  return new AfterimageError('BLOB_NOT_FOUND', `expected a blob for key ${JSON.stringify(key)}, received none`);
}

/** Never the message: it may tell a client more than it should know. */
function reason(cause: unknown): string {
  const { code, name } = cause as NodeJS.ErrnoException;
  return code ?? name;
}
