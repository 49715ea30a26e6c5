import { composed } from '../composed.js';

/**
 * A text of one's own as it is stored, and so as it is looked for: composed (NFC), without blanks around it and control
 * characters. Those show nothing, but for tab and line feed, and Postgres takes no NUL and no half of a character.
 */
export function cleanText(text: string): string {
  return composed(text)
    .replace(/(?![\t\n])[\p{Cc}\p{Cs}]/gu, '')
    .trim();
}
