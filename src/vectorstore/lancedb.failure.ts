import { AfterimageError } from '../errors.js';

const ATTEMPTS = 6;
const FIRST_PAUSE_MS = 10;
const ADVICE =
  '; where it stays so, its files may be damaged: stop the server, remove the folder vectors in DATA_DIR, and run doctor --repair';

/**
 * Runs what calls LanceDB.
 * @param purpose completes "expected LanceDB to ..."
 * @param advice what to do
 * @throws VECTOR_STORE_FAILED with LanceDB's own error as its cause
 */
export async function lanceDb<Result>(purpose: string, run: () => Promise<Result>, advice = ''): Promise<Result> {
  try {
    return await run();
  } catch (cause) {
    if (cause instanceof AfterimageError) throw cause;
    const message = `expected LanceDB to ${purpose}, received an error${advice}`;
    throw new AfterimageError('VECTOR_STORE_FAILED', message, { cause });
  }
}

/**
 * Runs what reads a table. Its rows may be damaged, which nothing but their embeddings mends.
 * @throws as `lanceDb`
 */
export function lanceDbRead<Result>(purpose: string, run: () => Promise<Result>): Promise<Result> {
  return lanceDb(purpose, run, ADVICE);
}

/** Runs a write again while it loses against another commit; maintenance and writes touch the same fragments. */
export async function retryConflicts<Result>(run: () => Promise<Result>): Promise<Result> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await run();
    } catch (error) {
      if (attempt === ATTEMPTS || !isConflict(error)) throw error;
      await new Promise((resolve) => setTimeout(resolve, FIRST_PAUSE_MS * 2 ** attempt));
    }
  }
}

// LanceDB's errors have no codes of their own. They name files, whose folders may be called anything.
export function isConflict(error: unknown): boolean {
  return /conflict|concurrent/i.test(messageOf(error).replaceAll(/\S*[/\\]\S*/g, ''));
}

/** Whether the system was short of memory, files or room: not for what the files hold. */
export function isShortage(error: unknown): boolean {
  return /\(os error (12|23|24|28)\)/.test(messageOf(error));
}

export function isMissingTable(error: unknown): boolean {
  return /table '.*' was not found/i.test(messageOf(error));
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
