import { describe, expect, test } from 'vitest';
import { AfterimageError } from '#dist/errors.js';
import { judge } from '#dist/jobs/retry-rules.js';

const HOURS = 60 * 60_000;

/** How often a job fails with an error before it is given up, and the time until then if it takes none itself. */
function patience(error: unknown): { failures: number; waitedMs: number } {
  let waitedMs = 0;
  for (let failures = 0; ; failures++) {
    const { retryInMs } = judge(error, failures);
    if (retryInMs === null) return { failures: failures + 1, waitedMs };
    waitedMs += retryInMs;
  }
}

describe('a job is tried again', () => {
  test.each([
    ['never, when the same would happen again', new AfterimageError('UPLOAD_DAMAGED', ''), 1],
    ['a few times, when nobody foresaw it', new TypeError('x'), 4],
    ['more often, when that can help', new AfterimageError('INFERENCE_FAILED', ''), 10],
  ])('%s', (_, error, failures) => expect(patience(error).failures).toBe(failures));

  test.each([
    new AfterimageError('VECTOR_STORE_FAILED', ''),
    new AfterimageError('UPLOAD_INTERRUPTED', ''),
    Object.assign(new Error('x'), { code: 'P1001' }),
    Object.assign(new Error('x'), { code: 'P2010', meta: { driverAdapterError: { cause: { severity: 'FATAL' } } } }),
  ])('for hours, when a part of the installation is away: %s', (error) => {
    const { waitedMs } = patience(error);
    expect(waitedMs).toBeGreaterThan(6 * HOURS);
    expect(waitedMs).toBeLessThan(12 * HOURS);
  });

  test('later each time, up to a minute, and not at the same moment as others', () => {
    const delays = (failures: number) =>
      Array.from({ length: 50 }, () => judge(new AfterimageError('VECTOR_STORE_FAILED', ''), failures).retryInMs!);
    expect(Math.max(...delays(0))).toBeLessThanOrEqual(1_250);
    expect(Math.min(...delays(3))).toBeGreaterThanOrEqual(6_000);
    expect(Math.max(...delays(400))).toBeLessThanOrEqual(75_000);
    expect(new Set(delays(3)).size).toBeGreaterThan(40);
  });
});
