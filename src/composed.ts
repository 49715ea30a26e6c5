// Letters with the marks on them, a bounded number at a time.
const PIECE = /\P{M}*\p{M}{0,64}/gu;

/**
 * A text with letters and their accents as one (NFC), but for those with more than 64 marks. To put marks in order takes time
 * by the square of how many follow one another: a text of 100 kB may take half a minute.
 */
export function composed(text: string): string {
  return text.replace(PIECE, (piece) => piece.normalize('NFC'));
}
