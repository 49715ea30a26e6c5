// How what `readHeader` reads begins: JPEG, PNG, GIF, WebP, TIFF, and AVIF and HEIC in HEIF.
const BEGINNING =
  /^(?:\xff\xd8\xff|\x89PNG\r\n|GIF8|RIFF.{4}WEBP|II[*+]\0|MM\0[*+]|.{4}ftyp(?:avi[fs]|hei[cxms]|hev[cxms]|mif[12]|msf1))/s;
export const BEGINNING_BYTES = 12;

const ENDING = /\.(?:jpe|jpe?g|jfif|png|gif|webp|tiff?|avif|hei[cf])$/i;
// Most of it is TIFF, with a small picture to show in the place of what the camera saw.
const RAW = /\.(?:3fr|arw|cr[23w]|dng|erf|iiq|k25|kdc|mef|mos|mrw|nef|nrw|orf|pef|raf|raw|rw[2l]|sr[2fw]|x3f)$/i;
const OTHER_PICTURE = /\.(?:ai|bmp|dds|eps|exr|hdr|ico|j2k|jp2|jpx|jxl|jxr|pcx|ps[bd]|svgz?|tga|xcf)$/i;
/** What macOS keeps of a file where the disk has no room for it: `._a.jpg` beside `a.jpg`. */
const APPLE_DOUBLE = /(?:^|\/)\._[^/]*$/;

/** `candidate`: one to ingest, which may still refuse it. `unsupported`: a picture that is not taken. `other`: none. */
export type PictureKind = 'candidate' | 'unsupported' | 'other';

/** Whether a file is called as pictures are, also as those that are not taken. */
export function isPictureName(name: string): boolean {
  return [ENDING, RAW, OTHER_PICTURE].some((ending) => ending.test(name));
}

/**
 * What a file is: by its content, and where that says nothing, by its name.
 * @param beginning its first `BEGINNING_BYTES`, or all of it
 */
export function pictureKind(name: string, beginning: Buffer): PictureKind {
  if (RAW.test(name)) return 'unsupported';
  if (BEGINNING.test(beginning.toString('latin1'))) return 'candidate';
  if (APPLE_DOUBLE.test(name)) return 'other';
  if (ENDING.test(name)) return 'candidate';
  return OTHER_PICTURE.test(name) ? 'unsupported' : 'other';
}
