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
  /** Whether a channel has more than 8 bits. */
  readonly isDeep: boolean;
}

/**
 * @param picture its pixels, as large as they are held, how many pictures the file holds, of which this is the first, and
 *   whether a channel of it has more than 8 bits
 * @param tiny the same as RGBA, with at most 48 pixels an edge
 */
export async function fingerprintOf(
  picture: RawPicture & { readonly data: Uint8Array<ArrayBuffer>; readonly pages: number; readonly isDeep: boolean },
  tiny: { readonly rgba: Uint8Array; readonly width: number; readonly height: number },
): Promise<Fingerprint> {
  const luma = lumaOf(tiny.rgba, tiny.width, tiny.height);
  return {
    perceptualHash: perceptualHash(luma),
    luma: lumaGrid(luma),
    pixelDigest: picture.pages > 1 ? null : await digestOf(picture),
    sharpness: sharpness(picture),
    isDeep: picture.isDeep,
  };
}

/** Not on this thread: it takes milliseconds. */
async function digestOf({ data, isDeep }: { data: Uint8Array<ArrayBuffer>; isDeep: boolean }) {
  // Held at 8 bits, it is not to be the same as its copy that has no more.
  const digested = isDeep ? Buffer.concat([data, Buffer.from('deep')]) : data;
  return new Uint8Array(await webcrypto.subtle.digest('SHA-256', digested));
}
