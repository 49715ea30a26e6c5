import { rgbaToThumbHash } from 'thumbhash';
import sharp, { type Region, type Sharp } from 'sharp';
import { RENDITION_FILES, type RenditionName } from './asset-files.js';
import { backdropOf } from './backdrop.js';
import { dominantColours } from './dominant-colours.js';
import { fingerprintOf, type Fingerprint } from './duplicates/fingerprint.js';
import type { RawPicture } from './duplicates/sharpness.js';
import { damaged, openImage, type MetadataBlocks } from './image-decoder.js';
import { giveBack } from '../give-back.js';
import type { ModelManifest } from '../inference/model-manifest.js';
import { preprocess, type PreparedPicture } from '../inference/preprocess.js';

const WHITE = '#ffffff';
// ThumbHash allows 100; its result is some 20 bytes, for which half of that is plenty and four times as fast.
const TINY_EDGE = 48;

export interface Rendition {
  readonly data: Buffer<ArrayBuffer>;
  readonly width: number;
  readonly height: number;
}

export interface DerivedImages {
  readonly renditions: Readonly<Record<RenditionName, Rendition>>;
  /** For the encoder of each model that was asked for, in their order; see `preprocess`. */
  readonly pixels: readonly PreparedPicture[];
  readonly dominantColours: readonly string[];
  /** Base64. */
  readonly thumbhash: string;
  readonly fingerprint: Fingerprint;
  /** Which opening it has read. */
  readonly blocks: MetadataBlocks;
}

interface DecodedPicture extends RawPicture {
  readonly data: Buffer<ArrayBuffer>;
  readonly channels: 1 | 2 | 3 | 4;
  readonly pages: number;
  readonly isDeep: boolean;
  readonly blocks: MetadataBlocks;
}

/**
 * Makes everything that is derived from a picture's pixels. The picture is decoded once, at the size of the preview;
 * the rest is made from that. For the encoder too: straight from a large file the decoder would shrink it to nearly the
 * encoder's size without good filters, which moved embeddings of 12 megapixels further (0.979 to those of the whole
 * picture, on average) than the way over the preview does (0.997).
 * @throws UPLOAD_DAMAGED
 */
export async function deriveImages(
  path: string,
  maxPixels: number,
  models: readonly ModelManifest['image'][],
): Promise<DerivedImages> {
  const picture = await decode(path, maxPixels);
  const decoded = () => read(picture);
  const shrinking = shrink(picture);
  const backdrop = await backdropFor(picture, () => shrinking);
  const [tiny, preview, thumbnail, pixels] = await Promise.all([
    shrinking,
    encode(
      decoded()
        .flatten({ background: backdrop ?? WHITE })
        .jpeg({ quality: 82 }),
    ),
    encode(fit(decoded(), RENDITION_FILES.THUMBNAIL.maxEdge).webp({ quality: 78, effort: 2 })),
    Promise.all(models.map((model) => preprocess(decoded(), laidOn(backdrop, model)))),
  ]);
  const fingerprint = await fingerprintOf(picture, tiny);
  giveBack(picture.data);
  return {
    renditions: { PREVIEW: preview, THUMBNAIL: thumbnail },
    pixels,
    dominantColours: dominantColours(tiny.rgba),
    thumbhash: Buffer.from(rgbaToThumbHash(tiny.width, tiny.height, tiny.rgba)).toString('base64'),
    fingerprint,
    blocks: picture.blocks,
  };
}

/**
 * Only what the encoder needs, in the same way, so that a picture is like itself.
 * @param region in pixels; all of it by default
 * @throws UPLOAD_DAMAGED
 */
export async function derivePixels(
  path: string,
  maxPixels: number,
  model: ModelManifest['image'],
  region?: Region,
): Promise<PreparedPicture> {
  const picture = await decode(path, maxPixels, region);
  const backdrop = await backdropFor(picture, () => shrink(picture));
  const pixels = await preprocess(read(picture), laidOn(backdrop, model));
  giveBack(picture.data);
  return pixels;
}

/** Only what duplicates are known by, likewise. @throws UPLOAD_DAMAGED */
export async function deriveFingerprint(path: string, maxPixels: number): Promise<Fingerprint> {
  const picture = await decode(path, maxPixels);
  const fingerprint = await fingerprintOf(picture, await shrink(picture));
  giveBack(picture.data);
  return fingerprint;
}

/**
 * The picture at the size of the preview, upright, 8-bit sRGB. To be given back, but for after an error, when something may
 * still read it.
 */
async function decode(path: string, maxPixels: number, region?: Region): Promise<DecodedPicture> {
  const { image, ...known } = await openImage(path, maxPixels);
  const { data, info } = await fit(region ? image.extract(region) : image, RENDITION_FILES.PREVIEW.maxEdge)
    .toColourspace('srgb')
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true })
    .catch((cause: unknown) => {
      throw damaged(cause);
    });
  const { width, height, channels } = info;
  return { data, width, height, channels, ...known };
}

/** Without an alpha channel there is nothing to lay it on, and nobody waits for it to be made small. */
async function backdropFor({ channels }: DecodedPicture, shrunk: () => ReturnType<typeof shrink>) {
  const hasAlpha = channels % 2 === 0;
  return hasAlpha ? backdropOf((await shrunk()).rgba) : undefined;
}

function laidOn(backdrop: string | undefined, model: ModelManifest['image']): ModelManifest['image'] {
  return backdrop ? { ...model, background: backdrop } : model;
}

function read({ data, width, height, channels }: DecodedPicture): Sharp {
  return sharp(data, { raw: { width, height, channels } });
}

async function shrink(picture: DecodedPicture) {
  const { data: rgba, info } = await fit(read(picture), TINY_EDGE)
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { rgba, width: info.width, height: info.height };
}

function fit(image: Sharp, maxEdge: number): Sharp {
  return image.resize({ width: maxEdge, height: maxEdge, fit: 'inside', withoutEnlargement: true, kernel: 'cubic' });
}

async function encode(image: Sharp): Promise<Rendition> {
  const { data, info } = await image.toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height };
}
