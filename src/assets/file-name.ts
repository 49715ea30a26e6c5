import { isUtf8 } from 'node:buffer';

/** A name out of the bytes that it came in. Where they are no UTF-8 they are of a system that wrote Latin-1. */
export function nameText(bytes: Buffer): string {
  return bytes.toString(isUtf8(bytes) ? 'utf8' : 'latin1');
}

/** A name without blanks around it. Control characters would speak to a terminal, and show nothing elsewhere. */
export function printableName(name: string): string {
  return name.trim().replace(/\p{Cc}/gu, '\uFFFD');
}
