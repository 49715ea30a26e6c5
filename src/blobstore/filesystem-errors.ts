// What the system answers for a path where there is no file, and for one where there can be none.
const MISSING = ['ENOENT', 'ENOTDIR', 'EISDIR', 'ERR_FS_EISDIR', 'ELOOP', 'ENAMETOOLONG'];

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
