import type { ModelManifest } from './model-manifest.js';
import type { ResizeTarget } from './resize-target.js';

/** A picture as RGB bytes, rows of width x height x 3. */
export interface RgbPicture {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
}

type Interpolation = ModelManifest['image']['interpolation'];

interface Filter {
  /** Half the width of the kernel, in pixels of the larger of source and result. */
  readonly support: number;
  readonly weight: (distance: number) => number;
}

const FILTERS: Readonly<Record<Interpolation, Filter>> = {
  bicubic: { support: 2, weight: bicubic },
  bilinear: { support: 1, weight: (distance) => Math.max(0, 1 - Math.abs(distance)) },
};

const CHANNELS = 3;
// As Pillow has it: 8 bits of the pixel and 2 of headroom for the negative lobes leave 22 of 32 for a weight.
const PRECISION_BITS = 22;
const HALF = 1 << (PRECISION_BITS - 1);

/**
 * Scales a picture to the byte as Pillow's `Image.resize` does, which the reference implementations preprocess with:
 * separable, the kernel as wide as the reduction asks (anti-aliasing), columns first, rounded to bytes in between.
 *
 * @returns RGB bytes of the wanted part, rows of width x height x 3, in a buffer of its own
 * @see https://github.com/python-pillow/Pillow/blob/main/src/libImaging/Resample.c
 */
export function resample(
  picture: RgbPicture,
  target: ResizeTarget,
  interpolation: Interpolation,
): Uint8Array<ArrayBuffer> {
  const filter = FILTERS[interpolation];
  const columns = weightsOf(picture.width, target.scaledWidth, target.left, target.width, filter);
  const rows = weightsOf(picture.height, target.scaledHeight, target.top, target.height, filter);
  // Of a long picture that is cropped, most rows are no part of the result.
  const from = rows.starts[0]!;
  const to = rows.starts.at(-1)! + rows.lengths.at(-1)!;
  return scaleRows(scaleColumns(picture, from, to, columns), target.width, from, rows);
}

/** Of each wanted pixel of one axis: where its window starts in the source, how long it is, and the window's weights. */
interface Weights {
  readonly starts: Int32Array;
  readonly lengths: Int32Array;
  /** Fixed point; pixel n's begin at n * stride. */
  readonly values: Int32Array;
  readonly stride: number;
}

function weightsOf(sourceSize: number, scaledSize: number, from: number, count: number, filter: Filter): Weights {
  const scale = sourceSize / scaledSize;
  const filterScale = Math.max(scale, 1);
  const support = filter.support * filterScale;
  const stride = Math.ceil(support) * 2 + 1;
  const [starts, lengths, values] = [new Int32Array(count), new Int32Array(count), new Int32Array(count * stride)];
  for (let index = 0; index < count; index++) {
    const centre = (from + index + 0.5) * scale;
    const start = Math.max(0, Math.trunc(centre - support + 0.5));
    const length = Math.min(sourceSize, Math.trunc(centre + support + 0.5)) - start;
    const weights = Array.from({ length }, (_, offset) => filter.weight((start + offset - centre + 0.5) / filterScale));
    const sum = weights.reduce((a, b) => a + b, 0);
    starts[index] = start;
    lengths[index] = length;
    weights.forEach((weight, offset) => {
      const fixed = (weight / sum) * (1 << PRECISION_BITS);
      values[index * stride + offset] = Math.trunc(fixed < 0 ? fixed - 0.5 : fixed + 0.5);
    });
  }
  return { starts, lengths, values, stride };
}

/** The rows `from` to `to` of the picture, as wide as wanted. */
function scaleColumns({ data, width }: RgbPicture, from: number, to: number, weights: Weights): Uint8Array {
  const { starts, lengths, values, stride } = weights;
  const result = new Uint8Array((to - from) * starts.length * CHANNELS);
  let out = 0;
  for (let row = from; row < to; row++) {
    const rowStart = row * width * CHANNELS;
    for (let column = 0; column < starts.length; column++) {
      let [red, green, blue] = [HALF, HALF, HALF];
      let byte = rowStart + starts[column]! * CHANNELS;
      const first = column * stride;
      const end = first + lengths[column]!;
      for (let index = first; index < end; index++) {
        const weight = values[index]!;
        red = (red + Math.imul(data[byte]!, weight)) | 0;
        green = (green + Math.imul(data[byte + 1]!, weight)) | 0;
        blue = (blue + Math.imul(data[byte + 2]!, weight)) | 0;
        byte += CHANNELS;
      }
      result[out++] = toByte(red);
      result[out++] = toByte(green);
      result[out++] = toByte(blue);
    }
  }
  return result;
}

/** The wanted rows, from rows that are already as wide as wanted; the first of those is the source's row `from`. */
function scaleRows(data: Uint8Array, width: number, from: number, weights: Weights): Uint8Array<ArrayBuffer> {
  const { starts, lengths, values, stride } = weights;
  const rowBytes = width * CHANNELS;
  const result = new Uint8Array(starts.length * rowBytes);
  const sums = new Int32Array(rowBytes);
  for (let row = 0; row < starts.length; row++) {
    sums.fill(HALF);
    for (let offset = 0; offset < lengths[row]!; offset++) {
      const weight = values[row * stride + offset]!;
      const source = (starts[row]! - from + offset) * rowBytes;
      for (let byte = 0; byte < rowBytes; byte++) sums[byte] = sums[byte]! + Math.imul(data[source + byte]!, weight);
    }
    for (let byte = 0; byte < rowBytes; byte++) result[row * rowBytes + byte] = toByte(sums[byte]!);
  }
  return result;
}

function toByte(sum: number): number {
  const value = sum >> PRECISION_BITS;
  return value < 0 ? 0 : value > 255 ? 255 : value;
}

/** Keys 1981, "Cubic convolution interpolation for digital image processing", with a = -0.5. */
function bicubic(distance: number): number {
  const x = Math.abs(distance);
  if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
  if (x < 2) return ((-0.5 * x + 2.5) * x - 4) * x + 2;
  return 0;
}
