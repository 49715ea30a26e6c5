import { Tensor } from '../../inference/onnx-runtime.js';
import type { OnnxGraph } from './onnx-graph.js';
import { AfterimageError, expected } from '../../errors.js';
import type { ModelManifest } from '../../inference/model-manifest.js';
import { integerTensor } from '../../inference/onnx-session.js';
import type { TextTokenizer } from '../../inference/tokenizer.js';

/** Different enough that the cosines between them and a picture differ, too. */
export const PROBE_TEXTS = ['a photo of a cat', 'stock market crash in 1929', '3', 'blue water, seen from above'];

/** Noise that is the same every time, a picture after the other; values like those of a normalised picture. */
export function probePixels({ width, height }: ModelManifest['image'], count: number): Tensor {
  let state = 1;
  const values = Float32Array.from({ length: count * 3 * width * height }, (_, index) => {
    state = (state * 48_271) % 2_147_483_647;
    // Of another brightness for each picture.
    return (state / 2_147_483_647 - 0.5) * 2 + Math.floor(index / (3 * width * height));
  });
  return new Tensor('float32', values, [count, 3, height, width]);
}

export function textFeeds(
  graph: OnnxGraph,
  { inputs }: Pick<ModelManifest['text'], 'inputs'>,
  tokenizer: TextTokenizer,
  texts: readonly string[],
): Record<string, Tensor> {
  const { inputIds, attentionMask, length } = tokenizer.tokenize(texts);
  const feeds: Record<string, Tensor> = {};
  const add = (name: string | undefined, values: BigInt64Array) => {
    if (name !== undefined) feeds[name] = integerTensor(graph.input(name)!.type, values, [texts.length, length]);
  };
  add(inputs.inputIds, inputIds);
  add(inputs.attentionMask, attentionMask);
  add(inputs.tokenTypeIds, new BigInt64Array(inputIds.length));
  return feeds;
}

/** @returns the length of an embedding. @throws MODEL_INVALID when the tensor holds something else */
export function embeddingLength(path: string, name: string, { dims, type }: Tensor, count: number): number {
  const [rows, length] = dims;
  if (dims.length === 2 && rows === count && length !== undefined && type === 'float32') return length;
  const received = `${type} [${dims.join(', ')}]`;
  throw new AfterimageError('MODEL_INVALID', expected(`float32 [${count}, dimension]`, `${name} of ${path}`, received));
}
