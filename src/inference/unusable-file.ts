import { access } from 'node:fs/promises';
import { AfterimageError } from '../errors.js';

/** Why a file of a model could not be loaded: MODEL_NOT_FOUND where it is gone, otherwise MODEL_INVALID. */
export async function unusableFile(path: string, what: string, cause: unknown): Promise<AfterimageError> {
  const isThere = await access(path).then(
    () => true,
    () => false,
  );
  const [code, received] = isThere
    ? (['MODEL_INVALID', 'something else'] as const)
    : (['MODEL_NOT_FOUND', 'none'] as const);
  return new AfterimageError(code, `expected ${what} in ${path}, received ${received}`, { cause });
}
