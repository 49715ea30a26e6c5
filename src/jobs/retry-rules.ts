import type { Failure } from './job-queue.js';
import { AfterimageError, type ErrorCode } from '../errors.js';
import { withOutage } from '../outages.js';

const FIRST_DELAY_MS = 1_000;
const MAX_DELAY_MS = 60_000;

/**
 * What all jobs fail with while a part of the installation is away, the files of a model in one process too, and where a
 * dead process has yet to be tidied up after: no fault of theirs.
 */
const OUTAGES: ReadonlySet<ErrorCode> = new Set([
  'DATABASE_FAILED',
  'BLOB_STORE_FAILED',
  'VECTOR_STORE_FAILED',
  'UPLOAD_INTERRUPTED',
  'MODEL_NOT_FOUND',
  'MODEL_DAMAGED',
  'MODEL_INVALID',
]);
/** About eight hours: a part that is away for a night loses nothing. */
const MAX_OUTAGE_FAILURES = 500;
const MAX_FAILURES = 10;
/** For what nobody foresaw, which more patience seldom mends. */
const MAX_BLIND_FAILURES = 4;

export interface Verdict {
  readonly failure: Failure;
  /** When to try again; null to give up. */
  readonly retryInMs: number | null;
  readonly isForeseen: boolean;
}

/** What follows from an error that a job ended with. @param failures how often it had failed before */
export function judge(thrown: unknown, failures: number): Verdict {
  const error = withOutage(thrown);
  const isForeseen = error instanceof AfterimageError;
  const failure = isForeseen ? error : { code: 'INTERNAL' as const, message: 'an unexpected fault' };
  const isLast = failures + 1 >= (isForeseen ? maxFailures(error) : MAX_BLIND_FAILURES);
  return { failure, retryInMs: isLast ? null : delayMs(failures), isForeseen };
}

function maxFailures({ code, isRetryable }: AfterimageError): number {
  if (OUTAGES.has(code)) return MAX_OUTAGE_FAILURES;
  return isRetryable ? MAX_FAILURES : 1;
}

/** Doubling from a second to a minute, with a quarter of chance so that those that failed together part. */
function delayMs(failures: number): number {
  const delay = Math.min(FIRST_DELAY_MS * 2 ** failures, MAX_DELAY_MS);
  return delay * (0.75 + Math.random() / 2);
}
