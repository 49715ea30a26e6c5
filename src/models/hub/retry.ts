import { setTimeout as sleep } from 'node:timers/promises';
import { downloadFailed, PassingFailure } from './hub-errors.js';

export interface RetryOptions {
  /** How often something is tried that does not get on. Default 6. */
  readonly attempts?: number;
  /** The wait after the first failure; it doubles with each, up to 30 s. Default 1,000. */
  readonly firstDelayMs?: number;
}

const MAX_DELAY_MS = 30_000;
/** A hub that asks for more is not waited for. */
const MAX_RETRY_AFTER_MS = 5 * 60_000;

/**
 * Tries again after a PassingFailure. Whoever got on in between (`hasProgressed`) has all attempts again: a long download
 * over a bad line comes to its end.
 * @throws MODEL_DOWNLOAD_FAILED when it does not get better
 */
export async function withRetries<T>(
  { attempts = 6, firstDelayMs = 1_000 }: RetryOptions,
  attempt: () => Promise<T>,
  hasProgressed: () => boolean = () => false,
): Promise<T> {
  let failures = 0;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof PassingFailure)) throw error;
      failures = hasProgressed() ? 1 : failures + 1;
      const { failure, retryAfterMs } = error;
      if (failures >= attempts)
        throw downloadFailed({ ...failure, received: `${failure.received}, ${failures} times in a row` });
      if (retryAfterMs !== undefined && retryAfterMs > MAX_RETRY_AFTER_MS)
        throw downloadFailed({ ...failure, received: `${failure.received} for ${Math.ceil(retryAfterMs / 1_000)} s` });
      // Up to a quarter more, so that many who were cut off together do not come back together.
      const delayMs = Math.min(MAX_DELAY_MS, firstDelayMs * 2 ** (failures - 1)) * (1 + Math.random() / 4);
      await sleep(retryAfterMs ?? delayMs);
    }
  }
}

/** `Retry-After` in milliseconds: seconds, or a date (RFC 9110, section 10.2.3). */
export function parseRetryAfter(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  if (/^\d+$/.test(value.trim())) return Number(value) * 1_000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now());
}
