import { AfterimageError, expected } from '../errors.js';

const KEY = /^[\w.-]+(?:\/[\w.-]+)*$/;
// A prefix may end anywhere in a key, and be empty.
const PREFIX = /^(?:[\w.-]+\/)*[\w.-]*$/;
const DOTS_SEGMENT = /(?:^|\/)\.\.?(?:\/|$)/;
const DOTS_FOLDER = /(?:^|\/)\.\.?\//;

/** Whether it is a key as `BlobStore` describes it. */
export function isBlobKey(key: string): boolean {
  return KEY.test(key) && !DOTS_SEGMENT.test(key);
}

/** @throws INVALID_ARGUMENT unless it is a key as `BlobStore` describes it */
export function assertBlobKey(key: string): void {
  if (!isBlobKey(key))
    throw new AfterimageError('INVALID_ARGUMENT', expected('segments of letters, digits, ., _ and -', 'key', key));
}

/** @throws INVALID_ARGUMENT when no key can start with it */
export function assertBlobPrefix(prefix: string): void {
  if (!PREFIX.test(prefix) || DOTS_FOLDER.test(prefix))
    throw new AfterimageError('INVALID_ARGUMENT', expected('the beginning of a key', 'prefix', prefix));
}

/**
 * @param byteSize of the blob; left out where it is not known yet
 * @throws INVALID_ARGUMENT unless 0 <= start <= end and the blob has a byte at `start`
 */
export function assertByteRange({ start, end }: { start: number; end: number }, byteSize = Infinity): void {
  const isRange = Number.isSafeInteger(start) && Number.isSafeInteger(end) && 0 <= start && start <= end;
  if (!isRange || start >= byteSize)
    throw new AfterimageError(
      'INVALID_ARGUMENT',
      expected(`a part of ${byteSize === Infinity ? 'the' : byteSize} bytes`, 'range', `${start}-${end}`),
    );
}
