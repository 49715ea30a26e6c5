import { AfterimageError, expected } from './errors.js';

/** For errors: what a text has that is as `storable` leaves it. */
export const STORABLE = 'no NUL and whole characters';

/** A text without what Postgres takes in none: NUL, and halves of characters, which it refuses in JSON and changes elsewhere. */
export function storable(text: string): string {
  return text.replace(/[\0\p{Cs}]/gu, '');
}

/**
 * What a person says is taken whole or not at all: of half an emoji nothing would be left, and nothing clears a field.
 * @returns the text @throws INVALID_ARGUMENT
 */
export function checkStorable(text: string, name: string): string {
  if (text !== storable(text)) throw new AfterimageError('INVALID_ARGUMENT', expected(STORABLE, name, text));
  return text;
}
