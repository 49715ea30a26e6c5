import sharp, { type Metadata, type Sharp } from 'sharp';
import { partsBeyondLimit } from './file-parts.js';
import { foreignFormat } from './foreign-format.js';
import { MIME_TYPES } from './mime-types.js';
import { AfterimageError, expected } from '../errors.js';
import type { Orientation } from '../database/generated/enums.js';

// Pictures come from strangers: only these decoders of libvips may run at all, whatever a file claims to be.
const LOADERS = ['Jpeg', 'Png', 'Webp', 'Nsgif', 'Tiff', 'Heif'].map((name) => `VipsForeignLoad${name}`);
sharp.block({ operation: ['VipsForeignLoad'] });
sharp.unblock({ operation: LOADERS });
// The callers decide how many pictures are worked on at once, and no picture is opened twice.
sharp.concurrency(1);
sharp.cache(false);

// What it is known of from where to where its numbers go: as much as the type holds, or what the colour space says.
const ENDED_DEPTHS: readonly string[] = ['uchar', 'ushort'];
const ENDED_SPACES: readonly string[] = ['scrgb', 'lab', 'labs'];
const ACCEPTED = 'JPEG, PNG, WebP, GIF, TIFF or AVIF';

/** What the header of a picture says; nothing is decoded to know it. */
export interface ImageHeader {
  readonly mimeType: string;
  /** Pixels, after EXIF orientation is applied; of an animation, of its first frame. */
  readonly width: number;
  readonly height: number;
  readonly orientation: Orientation;
}

export interface OpenImage {
  /**
   * A decoder of the picture, upright. Of an animation it reads the first frame only.
   * It throws on a picture that is damaged or cut off, and on one of more than `maxPixels`.
   */
  readonly image: Sharp;
  /** How many pictures the file holds: the frames of an animation, the pages of a document. */
  readonly pages: number;
  /** Whether a channel has more than 8 bits. */
  readonly isDeep: boolean;
  readonly blocks: MetadataBlocks;
}

/** What a file says of itself, as it stands there. */
export type MetadataBlocks = Pick<Metadata, 'exif' | 'iptc' | 'xmp'>;

// Of 16 bits a channel, sharp would bring colours to Display P3, whose numbers are then taken for sRGB, and pass over the
// profile of a grey picture.
const BEFORE_PROFILE: Readonly<Record<string, string>> = { rgb16: 'srgb', grey16: 'b-w' };

/** @throws UPLOAD_UNSUPPORTED_TYPE for a file of absurdly many parts, UPLOAD_DAMAGED */
export async function openImage(path: string, maxPixels: number): Promise<OpenImage> {
  await requireFewParts(path);
  const image = sharp(path, { failOn: 'error', limitInputPixels: maxPixels, sequentialRead: true }).autoOrient();
  const {
    space,
    depth,
    pages = 1,
    exif,
    iptc,
    xmp,
  } = await image.metadata().catch((cause: unknown) => {
    throw damaged(cause);
  });
  const colourspace = BEFORE_PROFILE[space];
  if (colourspace) image.pipelineColourspace(colourspace);
  return { image, pages, isDeep: depth !== 'uchar', blocks: { exif, iptc, xmp } };
}

/** @throws UPLOAD_UNSUPPORTED_TYPE, UPLOAD_TOO_MANY_PIXELS, UPLOAD_DAMAGED */
export async function readHeader(path: string, maxPixels: number): Promise<ImageHeader> {
  await requireFewParts(path);
  const { format, compression, space, depth, autoOrient } = await sharp(path, { limitInputPixels: false })
    .metadata()
    .catch(async (cause: unknown) => {
      if (/unsupported image format/.test(String(cause))) throw unsupported(await foreignFormat(path), cause);
      if (/bad labq format/.test(String(cause))) throw unsupported('TIFF in CIELAB of 8 bits a channel', cause);
      throw damaged(cause);
    });
  if (format === 'heif' && compression !== 'av1')
    throw unsupported(
      `HEIC with ${compression?.toUpperCase() ?? 'an unknown'} compression, which needs a licensed decoder`,
    );
  const mimeType = (MIME_TYPES as Readonly<Record<string, string>>)[format];
  if (!mimeType) throw unsupported(format);
  if (!ENDED_DEPTHS.includes(depth) && !ENDED_SPACES.includes(space))
    throw unsupported(`${format.toUpperCase()} with numbers of type ${depth}, which do not say what is white`);
  const { width, height } = autoOrient;
  if (width * height > maxPixels)
    throw new AfterimageError(
      'UPLOAD_TOO_MANY_PIXELS',
      expected(`at most ${maxPixels} pixels`, 'file', width * height),
    );
  return {
    mimeType,
    width,
    height,
    orientation: width > height ? 'LANDSCAPE' : width < height ? 'PORTRAIT' : 'SQUARE',
  };
}

/** The decoders would be busy with it for minutes, in one of the few threads that read files and answer probes too. */
async function requireFewParts(path: string): Promise<void> {
  const received = await partsBeyondLimit(path);
  if (received !== undefined) throw unsupported(received);
}

/** What a failure of `openImage`'s decoder means. */
export function damaged(cause: unknown): AfterimageError {
  return new AfterimageError('UPLOAD_DAMAGED', 'expected a whole picture for file, received a damaged one', { cause });
}

/** @param received what a file is instead */
export function unsupported(received: string, cause?: unknown): AfterimageError {
  return new AfterimageError('UPLOAD_UNSUPPORTED_TYPE', `expected ${ACCEPTED} for file, received ${received}`, {
    cause,
  });
}
