import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { InferencePool } from '../inference/inference-pool.js';
import type { LoadedModel } from '../inference/model-registry.js';
import { preprocess } from '../inference/preprocess.js';
import { dotProduct } from '../inference/vectors.js';

export interface ModelCheck {
  readonly dimension: number;
  /** The lowest cosine of a picture and a copy of half its size. */
  readonly lowestOfCopies: number;
  /** The highest cosine of two different pictures. */
  readonly highestOfOthers: number;
  /** The cosine of a text and the same text with a space behind it, and the highest of two different ones. */
  readonly sameText: number;
  readonly highestOfTexts: number;
  /** What is alike is closer than what is not. A model that was read wrongly, or never trained, is not so. */
  readonly isSane: boolean;
}

const TEXTS = ['a cat', 'boats in a harbour at sunset', 'a printed page', 'a cup of coffee'];
const PICTURES = 6;

/**
 * Loads a model, runs it, and looks whether its answers make sense.
 * @param samples a folder of different pictures, the first of which are taken
 * @throws MODEL_INVALID, MODEL_DAMAGED, INFERENCE_FAILED, TENSOR_INVALID
 */
export async function checkModel(model: LoadedModel, samples: string): Promise<ModelCheck> {
  const encoder = new InferencePool(model, { workerCount: 1 });
  try {
    await encoder.start();
    const names = (await readdir(samples)).filter((name) => /\.jpe?g$/.test(name)).sort();
    const files = names.slice(0, PICTURES).map((name) => join(samples, name));
    const prepare = (input: string | Buffer) => preprocess(sharp(input).autoOrient(), model.manifest.image);

    const pictures = await Promise.all(files.map(async (file) => encoder.encodeImage(await prepare(file))));
    const copies = await Promise.all(files.map(async (file) => encoder.encodeImage(await prepare(await halved(file)))));
    const [sameText, ...texts] = await encoder.encodeTexts([`${TEXTS[0]} `, ...TEXTS]);

    const similarity = {
      lowestOfCopies: Math.min(...pictures.map((picture, index) => dotProduct(picture, copies[index]!))),
      highestOfOthers: highestOfPairs(pictures),
      sameText: dotProduct(sameText!, texts[0]!),
      highestOfTexts: highestOfPairs(texts),
    };
    const isSane =
      similarity.lowestOfCopies > similarity.highestOfOthers && similarity.sameText > similarity.highestOfTexts;
    return { dimension: pictures[0]!.length, ...similarity, isSane };
  } finally {
    await encoder.close();
  }
}

async function halved(file: string): Promise<Buffer> {
  const { width } = await sharp(file).metadata();
  return sharp(file)
    .resize({ width: Math.round(width / 2) })
    .png()
    .toBuffer();
}

function highestOfPairs(embeddings: readonly Float32Array[]): number {
  return Math.max(...embeddings.flatMap((a, index) => embeddings.slice(index + 1).map((b) => dotProduct(a, b))));
}
