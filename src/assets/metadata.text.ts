import { isUtf8 } from 'node:buffer';
import { shortened } from './short-text.js';
import { storable } from '../storable-text.js';

/** The longest description that is stored. To normalise a text may take time by the square of its length. */
const MAX_TEXT = 10_000;
const MAX_TEXTS = 1_000;

// What the web takes Latin-1 for: it has quotation marks and dashes where Latin-1 has nothing.
const LATIN_1 = new TextDecoder('windows-1252');

/** Text that does not say how it is encoded: no text in Latin-1 with letters beyond ASCII is UTF-8 too, but by rare chance. */
export function decodeText(bytes: Buffer): string {
  return isUtf8(bytes) ? bytes.toString('utf8') : LATIN_1.decode(bytes);
}

/** Null where nothing is said. */
export function toText(text = ''): string | null {
  // Cameras pad with NUL.
  return storable(shortened(text, MAX_TEXT)).trim() || null;
}

/** Without repetitions. */
export function toTexts(texts: readonly string[]): string[] {
  return [...new Set(texts.slice(0, MAX_TEXTS).flatMap((text) => toText(text) ?? []))];
}
