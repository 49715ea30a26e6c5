import { AfterimageError, expected } from '../errors.js';
import { checkStorable } from '../storable-text.js';

const MAX_LENGTH = 200;
/** Of a request, and of a set. */
export const MAX_LABELS = 1_000;

/**
 * @param what it names, for the error
 * @throws INVALID_ARGUMENT for an empty name, one of more than 200 characters, or what is no text
 */
export function toName(text: string, what: string): string {
  const name = tidy(checkStorable(text, what));
  if (name.length === 0 || name.length > MAX_LENGTH)
    throw new AfterimageError('INVALID_ARGUMENT', expected(`1 to ${MAX_LENGTH} characters`, what, text));
  return name;
}

/** What two spellings of one label have in common: "Red Fox" and "red fox" are the same label. */
export function labelKey(label: string): string {
  return tidy(label).toLowerCase();
}

/** Without control characters and halves of characters, which Postgres refuses or changes. */
function tidy(label: string): string {
  return label
    .normalize('NFC')
    .replace(/\s+/g, ' ')
    .replace(/[\p{Cc}\p{Cs}]/gu, '')
    .trim();
}
