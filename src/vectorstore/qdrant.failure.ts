import { AfterimageError } from '../errors.js';

/**
 * Runs what calls Qdrant.
 * @param purpose completes "expected Qdrant to ..."
 * @throws VECTOR_STORE_FAILED with the client's own error as its cause; its message holds the status or the network's
 *   error code, never what was sent
 */
export async function qdrant<Result>(purpose: string, run: () => Promise<Result>): Promise<Result> {
  try {
    return await run();
  } catch (cause) {
    if (cause instanceof AfterimageError) throw cause;
    const message = `expected Qdrant to ${purpose}, received ${describe(cause)}`;
    throw new AfterimageError('VECTOR_STORE_FAILED', message, { cause });
  }
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return 'an error';
  const { status } = error as { status?: unknown };
  if (status === 401 || status === 403) return `status ${status}: an API key that is missing, wrong or not enough`;
  if (typeof status === 'number') return `status ${status}`;
  if (error.name === 'QdrantClientTimeoutError') return 'no answer in time';
  // fetch itself only says "fetch failed".
  const { code } = (error.cause ?? error) as { code?: unknown };
  return typeof code === 'string' ? code : 'an error';
}
