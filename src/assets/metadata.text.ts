import { isUtf8 } from 'node:buffer';

// What the web takes Latin-1 for: it has quotation marks and dashes where Latin-1 has nothing.
const LATIN_1 = new TextDecoder('windows-1252');

/** Text that does not say how it is encoded: no text in Latin-1 with letters beyond ASCII is UTF-8 too, but by rare chance. */
export function decodeText(bytes: Buffer): string {
  return isUtf8(bytes) ? bytes.toString('utf8') : LATIN_1.decode(bytes);
}
