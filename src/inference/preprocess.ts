import type { Sharp } from 'sharp';
import { giveBack } from '../give-back.js';
import type { ModelManifest } from './model-manifest.js';
import { resample, type RgbPicture } from './resample.js';
import { resizeTarget, type ResizeTarget } from './resize-target.js';

const KERNELS = { bicubic: 'cubic', bilinear: 'linear' } as const;

/** A picture on its way to the encoder. Plain data, with a buffer of its own: it can be handed to another thread. */
export interface PreparedPicture extends RgbPicture {
  /** RGB bytes 0..255 in sRGB, rows of height x width x 3, transparent pixels laid on the model's background. */
  readonly data: Uint8Array<ArrayBuffer>;
  /** What is still to be done to it by `finishPicture`; undefined when it has the size that the encoder takes. */
  readonly target: ResizeTarget | undefined;
}

/**
 * Brings a picture to the size, colours and layout that the model's image encoder takes. Reduces with anti-aliasing, as
 * the reference implementations (Pillow, torchvision with antialias) do. An edge that has to be enlarged is left for
 * `finishPicture`: sharp enlarges otherwise than they do. What was measured: docs/decisions/008-resizing-as-the-reference.md.
 *
 * @param image a decoder that already turns the picture upright (`sharp(input).autoOrient()`) and resizes nothing; its
 *   colour space, bit depth and channels do not matter. Its limits (pixels, failOn) are the caller's.
 * @throws whatever sharp throws for a picture that it cannot decode
 */
export async function preprocess(image: Sharp, spec: ModelManifest['image']): Promise<PreparedPicture> {
  const { autoOrient: source } = await image.metadata();
  const target = resizeTarget(source.width, source.height, spec);
  const width = Math.min(source.width, target.scaledWidth);
  const height = Math.min(source.height, target.scaledHeight);
  const isFinal = width === target.scaledWidth && height === target.scaledHeight;

  const kernel = KERNELS[spec.interpolation];
  // The decoder's own reduction leaves sizes rounded up, and the picture half a pixel beside where it belongs.
  const reduced = image.resize({ width, height, fit: 'fill', kernel, fastShrinkOnLoad: false });
  if (isFinal) reduced.extract(target);
  const { data, info } = await reduced
    .flatten({ background: spec.background })
    .toColourspace('srgb')
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
  // Memory that belongs to a native addon cannot be transferred to a thread; a copy can.
  const copy = new Uint8Array(data);
  giveBack(data);
  return { data: copy, width: info.width, height: info.height, target: isFinal ? undefined : target };
}

/**
 * Does what `preprocess` left to do. It computes on the calling thread, some milliseconds for a picture that is enlarged.
 * @returns RGB bytes, rows of height x width x 3 of the size that the encoder takes
 */
export function finishPicture(picture: PreparedPicture, { interpolation }: ModelManifest['image']): Uint8Array {
  return picture.target ? resample(picture, picture.target, interpolation) : picture.data;
}

/** A black picture of the size that the encoder takes, to try it with. */
export function blankPicture({ width, height }: ModelManifest['image']): PreparedPicture {
  return { data: new Uint8Array(width * height * 3), width, height, target: undefined };
}
