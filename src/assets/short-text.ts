/**
 * The first part of a text, without half a character at its end.
 * @param length of the part at most, in UTF-16 code units as `String.length`
 */
export function shortened(text: string, length: number): string {
  return text.slice(0, length).replace(/[\uD800-\uDBFF]$/, '');
}
