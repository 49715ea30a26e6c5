import { Tensor } from '../../inference/onnx-runtime.js';
import type { OnnxGraph } from './onnx-graph.js';
import { AfterimageError, expected } from '../../errors.js';
import type { ModelManifest } from '../../inference/model-manifest.js';
import { integerTensor } from '../../inference/onnx-session.js';
import type { TextTokenizer } from '../../inference/tokenizer.js';

/** Different enough that the cosines between them and a picture differ, too. */
export const PROBE_TEXTS = ['a photo of a cat', 'stock market crash in 1929', '3', 'blue water, seen from above'];

/** Noise that is the same every time, a picture after the other; values like those of a normalised picture. */
function probePixels({ width, height }: ModelManifest['image'], count: number): Tensor {
  let state = 1;
  const values = Float32Array.from({ length: count * 3 * width * height }, (_, index) => {
    state = (state * 48_271) % 2_147_483_647;
    // Of another brightness for each picture.
    return (state / 2_147_483_647 - 0.5) * 2 + Math.floor(index / (3 * width * height));
  });
  return new Tensor('float32', values, [count, 3, height, width]);
}

/** As many pictures as texts, of which the graph gets what it takes. */
export function probeFeeds(
  graph: OnnxGraph,
  image: ModelManifest['image'],
  tokenizer: TextTokenizer,
): Record<string, Tensor> {
  const { inputIds, attentionMask, length } = tokenizer.tokenize(PROBE_TEXTS);
  const feeds: Record<string, Tensor> = {};
  if (graph.input('pixel_values')) feeds['pixel_values'] = probePixels(image, PROBE_TEXTS.length);
  const texts = {
    input_ids: inputIds,
    attention_mask: attentionMask,
    token_type_ids: new BigInt64Array(inputIds.length),
  };
  for (const [name, values] of Object.entries(texts)) {
    const input = graph.input(name);
    if (input) feeds[name] = integerTensor(input.type, values, [PROBE_TEXTS.length, length]);
  }
  return feeds;
}

/** @returns the length of an embedding. @throws MODEL_INVALID when the tensor holds something else */
export function embeddingLength(path: string, name: string, { dims, type }: Tensor): number {
  const count = PROBE_TEXTS.length;
  const [rows, length] = dims;
  if (dims.length === 2 && rows === count && length !== undefined && type === 'float32') return length;
  const received = `${type} [${dims.join(', ')}]`;
  throw new AfterimageError('MODEL_INVALID', expected(`float32 [${count}, dimension]`, `${name} of ${path}`, received));
}
