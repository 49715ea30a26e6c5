const characters = new Intl.Segmenter('und', { granularity: 'grapheme' });

/**
 * The first part of a text, without half a character at its end: what is read as one, such as an emoji of several joined, is
 * taken whole or not at all, unless the part would have nothing else.
 * @param length of the part at most, in UTF-16 code units as `String.length`
 */
export function shortened(text: string, length: number): string {
  if (text.length <= length) return text;
  const { index } = characters.segment(text).containing(length)!;
  return text.slice(0, index || length).replace(/[\uD800-\uDBFF]$/, '');
}

/** The last part of a text, as `shortened` takes the first. */
export function ending(text: string, length: number): string {
  if (text.length <= length) return text;
  const from = text.length - length;
  const { index, segment } = characters.segment(text).containing(from)!;
  const next = index === from ? from : index + segment.length;
  return text.slice(next < text.length ? next : from).replace(/^[\uDC00-\uDFFF]/, '');
}
