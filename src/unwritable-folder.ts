import { AfterimageError } from './errors.js';

/** What an error means of a folder that is written into: INVALID_ARGUMENT where it is of the file system, else the error itself. */
export function unwritable(error: unknown, folder: string): unknown {
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (error instanceof AfterimageError || syscall === undefined) return error;
  const message = `expected a folder that can be written to at ${folder}, received ${code} (${syscall})`;
  return new AfterimageError('INVALID_ARGUMENT', message, { cause: error });
}
