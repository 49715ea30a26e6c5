import { webcrypto } from 'node:crypto';
import { lumaGrid, lumaOf } from './luma.js';
import { perceptualHash } from './perceptual-hash.js';
import { sharpness, type RawPicture } from './sharpness.js';

/** What a picture is known by however it was resized, compressed or cropped. */
export interface Fingerprint {
  readonly perceptualHash: bigint;
  /** See `lumaGrid`. */
  readonly luma: Uint8Array<ArrayBuffer>;
  /** SHA-256 of the pixels; null where they are not all that the file shows. */
  readonly pixelDigest: Uint8Array<ArrayBuffer> | null;
  readonly sharpness: number;
}

/**
 * @param picture its pixels, as large as they are held
 * @param tiny the same as RGBA, with at most 48 pixels an edge
 * @param pages how many pictures the file holds, of which this is the first
 */
export async function fingerprintOf(
  picture: RawPicture & { readonly data: Uint8Array<ArrayBuffer> },
  tiny: { readonly rgba: Uint8Array; readonly width: number; readonly height: number },
  pages: number,
): Promise<Fingerprint> {
  const luma = lumaOf(tiny.rgba, tiny.width, tiny.height);
  return {
    perceptualHash: perceptualHash(luma),
    luma: lumaGrid(luma),
    // Not on this thread: it takes milliseconds.
    pixelDigest: pages > 1 ? null : new Uint8Array(await webcrypto.subtle.digest('SHA-256', picture.data)),
    sharpness: sharpness(picture),
  };
}
