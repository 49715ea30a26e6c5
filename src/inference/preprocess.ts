import type { Sharp } from 'sharp';
import type { ModelManifest } from './model-manifest.js';

const KERNELS = { bicubic: 'cubic', bilinear: 'linear' } as const;

/**
 * Brings a picture to the size, colours and layout that the model's image encoder takes. Reduces with anti-aliasing, as
 * the reference implementations (Pillow, torchvision with antialias) do.
 *
 * @param image a decoder that already turns the picture upright (`sharp(input).autoOrient()`) and resizes nothing; its
 *   colour space, bit depth and channels do not matter. Its limits (pixels, failOn) are the caller's.
 * @returns RGB bytes 0..255 in sRGB, rows of height x width x 3, transparent pixels laid on the model's background.
 *   The buffer is the result's own, so that it can be handed to another thread.
 * @throws whatever sharp throws for a picture that it cannot decode
 */
export async function preprocess(image: Sharp, spec: ModelManifest['image']): Promise<Uint8Array<ArrayBuffer>> {
  const pixels = await image
    .resize({
      width: spec.width,
      height: spec.height,
      fit: spec.resize === 'squash' ? 'fill' : 'cover',
      position: 'centre',
      kernel: KERNELS[spec.interpolation],
    })
    .flatten({ background: spec.background })
    .toColourspace('srgb')
    .raw({ depth: 'uchar' })
    .toBuffer();
  // Memory that belongs to a native addon cannot be transferred to a thread; a copy can.
  return new Uint8Array(pixels);
}
