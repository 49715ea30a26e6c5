import { open } from 'node:fs/promises';
import { AfterimageError, expected } from '../errors.js';
import type { MetadataBlocks } from './image-decoder.js';
import { toCapture, type Blocks, type Capture } from './metadata.capture.js';
import { readExifBlock, readExifOfTiff } from './metadata.exif.js';
import { readIptc } from './metadata.iptc.js';
import { toText, toTexts } from './metadata.text.js';
import { readXmp } from './metadata.xmp.js';

/** As much as a JPEG has room for; in other formats programs put the history of all that a picture was made of into XMP. */
const MAX_BYTES = { IPTC: 65_536, XMP: 1_048_576 };

/** What a file says of itself in EXIF, IPTC and XMP; null where it says nothing that makes sense. */
export interface EmbeddedMetadata {
  readonly capture: Capture;
  readonly words: {
    readonly title: string | null;
    readonly description: string | null;
    /** Several with ", " between. */
    readonly creator: string | null;
    /** The line that is printed beside it. */
    readonly credit: string | null;
    readonly copyright: string | null;
    readonly tags: readonly string[];
    /** Stars; programs also write 0 for none, and -1 for rejected. */
    readonly rating: number | null;
  };
  /** What was there and could not be read, and why. */
  readonly unread: readonly Unread[];
}

interface Unread {
  readonly block: 'EXIF' | 'IPTC' | 'XMP';
  readonly error: unknown;
}

/**
 * Never throws for what these blocks hold. They come from strangers: whatever is in them, they are read in time and memory
 * that grow as they do, and others have their turn meanwhile.
 */
export async function readMetadata(
  path: string,
  mimeType: string,
  { exif, iptc, xmp }: MetadataBlocks,
): Promise<EmbeddedMetadata> {
  const unread: Unread[] = [];
  const attempt = async <Read>(block: Unread['block'], read: () => Read | Promise<Read>) => {
    try {
      return await read();
    } catch (error) {
      unread.push({ block, error });
      return undefined;
    }
  };
  // A TIFF is itself what a block of EXIF is in other formats.
  const isTiff = mimeType === 'image/tiff';
  const blocks: Blocks = {
    exif: await attempt('EXIF', () => (isTiff ? readExifOfTiff(path) : exif && readExifBlock(exif))),
    iptc: await attempt('IPTC', () => iptc && readIptc(bounded(iptc, 'IPTC'))),
    xmp: await attempt('XMP', () => xmp && readXmp(bounded(xmp, 'XMP'))),
  };
  return { capture: toCapture(blocks), words: toWords(blocks), unread };
}

/**
 * What a program wrote of a picture into an XMP file beside it.
 * @throws UPLOAD_TOO_MANY_BYTES, INVALID_ARGUMENT for half a packet, Error for what is not well-formed XML, and as the file
 *   system does
 */
export async function readSidecar(path: Buffer): Promise<Omit<EmbeddedMetadata, 'unread'>> {
  const file = await open(path);
  let packet: Buffer;
  try {
    requireBounded((await file.stat()).size, 'XMP');
    packet = await file.readFile();
  } finally {
    await file.close();
  }
  const xmp = await readXmp(bounded(packet, 'XMP'));
  // Of a part of it nobody would know what is missing.
  if (!xmp.isComplete)
    throw new AfterimageError('INVALID_ARGUMENT', 'expected whole XMP for a sidecar, received a part');
  const blocks = { exif: undefined, iptc: undefined, xmp };
  return { capture: toCapture(blocks), words: toWords(blocks) };
}

function bounded(block: Buffer, name: keyof typeof MAX_BYTES): Buffer {
  requireBounded(block.length, name);
  return block;
}

function requireBounded(byteCount: number, name: keyof typeof MAX_BYTES): void {
  const limit = MAX_BYTES[name];
  if (byteCount > limit)
    throw new AfterimageError('UPLOAD_TOO_MANY_BYTES', expected(`at most ${limit} bytes`, name, byteCount));
}

function toWords({ exif, iptc, xmp }: Blocks): EmbeddedMetadata['words'] {
  const subjects = toTexts(xmp?.texts('dc:subject') ?? []);
  const keywords = exif?.text('XPKeywords')?.split(';') ?? [];
  return {
    title:
      toText(xmp?.text('dc:title')) ??
      toText(xmp?.text('photoshop:Headline')) ??
      toText(iptc?.objectName) ??
      toText(iptc?.headline) ??
      toText(exif?.text('XPTitle')),
    description:
      toText(xmp?.text('dc:description')) ??
      toText(iptc?.caption) ??
      toText(exif?.text('ImageDescription')) ??
      toText(exif?.text('XPComment')),
    creator:
      toLine(xmp?.texts('dc:creator')) ??
      toLine(iptc?.byLines) ??
      toLine(exif?.text('Artist')?.split(';')) ??
      toLine(exif?.text('XPAuthor')?.split(';')),
    credit: toLine([xmp?.text('photoshop:Credit') ?? '']) ?? toLine([iptc?.credit ?? '']),
    copyright:
      toLine([xmp?.text('dc:rights') ?? '']) ??
      toLine([iptc?.copyrightNotice ?? '']) ??
      // The photographer's and the editor's, which have commas of their own.
      toLine(exif?.text('Copyright')?.split('\0'), '; '),
    tags: [subjects, toTexts(iptc?.keywords ?? [])].find((tags) => tags.length > 0) ?? toTexts(keywords),
    rating: toRating(xmp?.text('xmp:Rating')) ?? toRating(exif?.numbers('Rating')[0]),
  };
}

/** Cameras whose owner has given no name write blanks or a dash: what has no letter and no digit is nobody's name. */
function toLine(texts: readonly string[] = [], separator = ', '): string | null {
  return toText(
    toTexts(texts)
      .filter((text) => /[\p{L}\p{N}]/u.test(text))
      .join(separator),
  );
}

function toRating(given: string | number | undefined): number | null {
  const rating = Number(given ?? NaN);
  return Number.isFinite(rating) ? rating : null;
}
