const NEARLY_WHITE = 230;
const OPAQUE_ENOUGH = 128;
const GREY = '#808080';

/**
 * What a picture is to be laid on rather than on a light colour, on which what is white and stands alone is not seen.
 *
 * @param rgba rows of RGBA bytes of the picture, which may be small
 * @returns a grey for one that is transparent but where it is nearly white; undefined for any other
 */
export function backdropOf(rgba: Uint8Array): string | undefined {
  let [isTransparent, isShown] = [false, false];
  for (let at = 0; at < rgba.length; at += 4)
    if (rgba[at + 3]! < OPAQUE_ENOUGH) isTransparent = true;
    else if (Math.min(rgba[at]!, rgba[at + 1]!, rgba[at + 2]!) < NEARLY_WHITE) return undefined;
    else isShown = true;
  return isTransparent && isShown ? GREY : undefined;
}
