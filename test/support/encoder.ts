import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { loadModel, type LoadedModel } from '#dist/inference/model-registry.js';
import { preprocess, type PreparedPicture } from '#dist/inference/preprocess.js';

export const BUILT_IN = 'afterimage-small-v1';

export interface Golden {
  readonly texts: readonly { text: string; inputIds: number[]; embedding: number[] }[];
  readonly images: readonly {
    file: string;
    /** `grid`: the values at eight rows and columns a channel, 16 + 32 n of the built-in model's, (2 n + 1) / 16 of a side of the tiny ones'. */
    pixelValues: { mean: number[]; std: number[]; grid: number[][] };
    embedding: number[];
  }[];
}

/** What the reference implementation (Pillow, Hugging Face tokenizers, onnxruntime in Python) answers. */
export const golden = JSON.parse(readFileSync(`test/fixtures/${BUILT_IN}/golden.json`, 'utf8')) as Golden;

/**
 * The least cosine of a text's embedding to the reference's. Its 8-bit kernels round otherwise on other processors: 0.99999
 * with VNNI, on which the reference was made, and 0.99982 without.
 */
export const TEXT_PARITY = 0.9997;

export const builtInModel = (): Promise<LoadedModel> => loadModel(BUILT_IN, 'models');

export const readPixels = ({ manifest }: LoadedModel, sample: string): Promise<PreparedPicture> =>
  preprocess(sharp(join('samples', sample)).autoOrient(), manifest.image);

/** Of two vectors of any length. */
export function cosine(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let [product, squaresA, squaresB] = [0, 0, 0];
  for (let index = 0; index < a.length; index++) {
    product += a[index]! * b[index]!;
    squaresA += a[index]! ** 2;
    squaresB += b[index]! ** 2;
  }
  return product / Math.sqrt(squaresA * squaresB);
}
