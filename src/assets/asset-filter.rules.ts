import { RATINGS } from './asset-fields.js';
import type { Range } from './asset-filter.js';
import { AfterimageError, expected, type ErrorCode } from '../errors.js';
import { STORABLE, storable } from '../storable-text.js';

/** Of a list. */
export const MAX_VALUES = 200;

/**
 * @param path where in the filter, or of another argument its name
 * @param code of the error, for another argument
 * @throws INVALID_FILTER
 */
export function check(
  isMet: boolean,
  what: string,
  path: string,
  received: unknown,
  code: ErrorCode = 'INVALID_FILTER',
): void {
  if (!isMet) throw new AfterimageError(code, expected(what, path, received));
}

export function checkList(values: readonly unknown[], path: string): void {
  check(values.length <= MAX_VALUES, `at most ${MAX_VALUES} values`, path, values);
}

/** What Postgres holds in no text it does not take to look for either. */
export function checkText(text: string, path: string): void {
  check(text === storable(text), STORABLE, path, text);
}

export function checkTexts(texts: readonly string[], path: string): void {
  checkList(texts, path);
  for (const text of texts) checkText(text, path);
}

export function checkNumbers({ min, max }: Range<number>, path: string): void {
  for (const bound of [min, max]) check(bound == null || Number.isFinite(bound), 'finite numbers', path, bound);
  checkOrder([min, max], 'min <= max', path);
}

export function checkRating(rating: number, path: string): void {
  checkWithin(rating, RATINGS.min, RATINGS.max, path);
}

export function checkRatings({ min, max }: Range<number>, path: string): void {
  for (const bound of [min, max]) if (bound != null) checkRating(bound, path);
  checkOrder([min, max], 'min <= max', path);
}

export function checkDates({ min, max }: Range<Date>, path: string): void {
  for (const date of [min, max]) check(date == null || isStorable(date), 'the years 1 to 9999', path, date?.toJSON());
  checkOrder([min, max], 'min <= max', path);
}

/** NaN is in no range. */
export function checkWithin(value: number, least: number, most: number, path: string, code?: ErrorCode): void {
  check(value >= least && value <= most, `${least} to ${most}`, path, value, code);
}

/** @param what is expected of the two */
export function checkOrder<T extends number | Date>(
  [first, last]: readonly [T | null | undefined, T | null | undefined],
  what: string,
  path: string,
  code: ErrorCode = 'INVALID_FILTER',
): void {
  if (first == null || last == null || first <= last) return;
  throw new AfterimageError(code, `expected ${what} for ${path}, received ${written(first)} and ${written(last)}`);
}

function written(value: number | Date): string {
  return typeof value === 'number' ? String(value) : value.toJSON();
}

/** Whether Postgres takes it as Prisma writes it: with a year of four digits, and there was no year 0. */
function isStorable(date: Date): boolean {
  return date.getUTCFullYear() >= 1 && date.getUTCFullYear() <= 9999;
}
