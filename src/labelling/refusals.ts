import { AfterimageError, type ErrorCode } from '../errors.js';
import type { Refusal } from '../refusal.js';

/** What is expected to go wrong with a change of labels. */
const REFUSALS: ReadonlySet<ErrorCode> = new Set([
  'LABEL_SET_NOT_FOUND',
  'LABEL_SET_EXISTS',
  'LABEL_SET_EMPTY',
  'LABEL_SET_NOT_EXCLUSIVE',
  'LABEL_SET_INVALID',
  'LABEL_NOT_FOUND',
  'LABEL_EXISTS',
  'LABEL_TOO_MANY_SYNONYMS',
  'LABEL_BATCH_NOT_FOUND',
  'LABEL_DECISIONS_MISSING',
  'LABEL_HEAD_NOT_FOUND',
  'CLASSIFICATION_NOT_FOUND',
]);

export interface Outcome<T> {
  /** Null where nothing was done. */
  readonly value: T | null;
  readonly refusal: Refusal | null;
}

/** @throws what nobody expects, and INVALID_ARGUMENT */
export async function orRefusal<T>(act: () => Promise<T>): Promise<Outcome<T>> {
  try {
    return { value: await act(), refusal: null };
  } catch (error) {
    if (!(error instanceof AfterimageError) || !REFUSALS.has(error.code)) throw error;
    return { value: null, refusal: { code: error.code, message: error.message } };
  }
}
