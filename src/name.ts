import { composed } from './composed.js';
import { AfterimageError, expected } from './errors.js';
import { checkStorable } from './storable-text.js';

const MAX_LENGTH = 200;

/**
 * @param what it names, for the error
 * @throws INVALID_ARGUMENT for an empty name, one of more than 200 characters, or what is no text
 */
export function toName(text: string, what: string): string {
  const name = tidyName(checkStorable(text, what));
  if (name.length === 0 || name.length > MAX_LENGTH)
    throw new AfterimageError('INVALID_ARGUMENT', expected(`1 to ${MAX_LENGTH} characters`, what, text));
  return name;
}

/** Without control characters and halves of characters, which Postgres refuses or changes. */
export function tidyName(name: string): string {
  return composed(name)
    .replace(/\s+/g, ' ')
    .replace(/[\p{Cc}\p{Cs}]/gu, '')
    .trim();
}
