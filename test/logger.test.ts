import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { AfterimageError, type ErrorCode } from '#dist/errors.js';
import { createLogger } from '#dist/logger.js';

beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'] }));
afterEach(() => void vi.useRealTimers());

function logOf() {
  const lines: string[] = [];
  const log = createLogger('warn', { write: (line: string) => void lines.push(line) });
  const fail = (code: ErrorCode, cause: object, about = {}) =>
    log.warn({ err: new AfterimageError(code, 'expected an answer', { cause }), ...about }, 'failed');
  // oxlint-disable-next-line typescript/no-explicit-any
  const written = () => lines.splice(0).map((line) => JSON.parse(line) as any);
  return { fail, written };
}
const systemError = (code: string, message = `${code}: told by the system`) =>
  Object.assign(new Error(message), { code });

test('a failure of one cause is told once a minute, and none of another is kept silent by it', () => {
  const { fail, written } = logOf();
  fail('BLOB_STORE_FAILED', systemError('EACCES'));
  fail('BLOB_STORE_FAILED', systemError('EACCES'));
  fail('BLOB_STORE_FAILED', systemError('ENOSPC'));
  fail('VECTOR_STORE_FAILED', new Error('no such column'));
  fail('VECTOR_STORE_FAILED', new Error('a conflict'));
  expect(written().map(({ cause }) => cause)).toEqual(
    ['EACCES: told by the system', 'ENOSPC: told by the system', 'no such column', 'a conflict'].map(
      (text) => `expected an answer: ${text}`,
    ),
  );
  // Those that are kept silent make the minute no longer.
  vi.advanceTimersByTime(40_000);
  fail('BLOB_STORE_FAILED', systemError('EACCES'));
  expect(written()).toEqual([]);
  vi.advanceTimersByTime(20_000);
  fail('BLOB_STORE_FAILED', systemError('EACCES'));
  expect(written()).toHaveLength(1);
});

test('the last failure of a job is told in any case', () => {
  const { fail, written } = logOf();
  for (const about of [{}, {}, { isGivenUp: true }, { isGivenUp: true }])
    fail('BLOB_STORE_FAILED', systemError('EACCES'), about);
  expect(written()).toMatchObject([{}, { isGivenUp: true }, { isGivenUp: true }]);
});

test('a connection that is lost is one cause however it ends, and needs no stack', () => {
  const { fail, written } = logOf();
  fail('VECTOR_STORE_FAILED', systemError('ECONNREFUSED'));
  fail('VECTOR_STORE_FAILED', new TypeError('fetch failed', { cause: systemError('UND_ERR_SOCKET') }));
  fail('DATABASE_FAILED', systemError('P2028', 'the transaction took too long'));
  const [lost, slow, ...others] = written();
  expect(others).toEqual([]);
  expect(lost).toMatchObject({ code: 'VECTOR_STORE_FAILED', cause: expect.stringContaining('ECONNREFUSED') as string });
  expect(lost.err).toBeUndefined();
  expect(slow.err.stack).toContain('the transaction took too long');
});
