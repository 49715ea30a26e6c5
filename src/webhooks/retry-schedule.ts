const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** Waits after each failure: ten attempts over a day. */
const WAITS_MS = [
  2 * SECOND,
  15 * SECOND,
  MINUTE,
  5 * MINUTE,
  30 * MINUTE,
  2 * HOUR,
  4 * HOUR,
  7 * HOUR,
  10 * HOUR,
] as const;

/**
 * With a quarter of chance, so that those that failed together part.
 * @param failures how often it had failed before
 * @returns how long to wait after one more failure, in milliseconds; null to give up
 */
export function retryDelayMs(failures: number): number | null {
  const wait = WAITS_MS[failures];
  return wait === undefined ? null : wait * (0.75 + Math.random() / 2);
}
