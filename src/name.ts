import { composed } from './composed.js';
import { AfterimageError, expected } from './errors.js';
import { checkStorable } from './storable-text.js';

/** UTF-16 code units. */
export const MAX_NAME_LENGTH = 200;
// Blank too is the character of Braille without a dot.
const VISIBLE = /[^\p{Default_Ignorable_Code_Point}\p{White_Space}\u2800]/u;

/**
 * @param what it names, for the error
 * @throws INVALID_ARGUMENT for an empty name, one of more than 200 characters, one that shows nothing, or what is no text
 */
export function toName(text: string, what: string): string {
  const name = tidyName(checkStorable(text, what));
  if (name.length === 0 || name.length > MAX_NAME_LENGTH)
    throw new AfterimageError('INVALID_ARGUMENT', expected(`1 to ${MAX_NAME_LENGTH} characters`, what, text));
  if (!isVisible(name)) throw new AfterimageError('INVALID_ARGUMENT', expected(A_VISIBLE, what, text));
  return name;
}

/** For errors: what a text has that `isVisible`. */
export const A_VISIBLE = 'a character that can be seen';

/** Whether there is anything to be read: not joiners, marks of direction and the like alone. */
export function isVisible(text: string): boolean {
  return VISIBLE.test(text);
}

/** Without control characters and halves of characters, which Postgres refuses or changes. */
export function tidyName(name: string): string {
  return composed(name)
    .replace(/\s+/g, ' ')
    .replace(/[\p{Cc}\p{Cs}]/gu, '')
    .trim();
}
