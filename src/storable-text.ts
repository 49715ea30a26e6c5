/** A text without what Postgres takes in none: NUL, and halves of characters, which it refuses in JSON and changes elsewhere. */
export function storable(text: string): string {
  return text.replace(/[\0\p{Cs}]/gu, '');
}
