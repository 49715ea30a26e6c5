import { InferenceSession, Tensor } from 'onnxruntime-node';
import { AfterimageError, expected } from '../errors.js';
import { loadOnce } from './load-once.js';
import type { ModelManifest } from './model-manifest.js';
import type { LoadedModel, ModelPart } from './model-registry.js';
import { createPixelNormaliser } from './pixel-values.js';
import { TextTokenizer } from './tokenizer.js';
import { l2Normalise } from './zero-shot.js';

const SESSION_OPTIONS: InferenceSession.SessionOptions = {
  // The workers are the parallelism: one core each.
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  executionMode: 'sequential',
  // A memory pattern is planned and kept for every batch size; without it two workers held 35 MB less, at equal speed.
  // The arena stays: without it malloc's own fragments grew past 500 MB now and then.
  enableMemPattern: false,
  // Without VNNI instructions, sums of products of unsigned with signed bytes overflow 16 bits: embeddings came out at a
  // cosine of 0.916 to the right ones. This multiplies unsigned bytes there, at 1.3 times the time; elsewhere it is nothing.
  extra: { session: { x64quantprecision: '1' } },
};

/**
 * The ONNX sessions of a model, each loaded when it is first needed. It blocks its thread while it computes, so it belongs
 * in a worker thread. Every call throws MODEL_INVALID when a file that it needs is no ONNX model, has not the tensors of
 * the manifest, or is no tokenizer.json.
 */
export class OnnxEncoder {
  readonly #manifest: ModelManifest;
  readonly #toPixelValues: ReturnType<typeof createPixelNormaliser>;
  readonly #parts;

  private constructor({ manifest, files }: LoadedModel) {
    const { image, text } = manifest;
    this.#manifest = manifest;
    this.#toPixelValues = createPixelNormaliser(image);
    this.#parts = {
      image: loadOnce(() => openSession(files.image, [image.input], image.output)),
      text: loadOnce(async () => ({
        session: await openSession(files.text, Object.values(text.inputs), text.output),
        tokenizer: await TextTokenizer.load(files.tokenizer, text),
      })),
    } satisfies Record<ModelPart, unknown>;
  }

  /** @param parts what is loaded now; the rest is when it is first needed */
  static async load(model: LoadedModel, parts: readonly ModelPart[] = ['image', 'text']): Promise<OnnxEncoder> {
    const encoder = new OnnxEncoder(model);
    for (const part of parts) await encoder.#parts[part]();
    return encoder;
  }

  /**
   * @param pictures RGB bytes, rows of height x width x 3 each
   * @returns an L2-normalised embedding a picture
   * @throws TENSOR_INVALID, INFERENCE_FAILED
   */
  async encodeImages(pictures: readonly Uint8Array[]): Promise<Float32Array<ArrayBuffer>[]> {
    const session = await this.#parts.image();
    const { input, output, width, height } = this.#manifest.image;
    const pixelValues = new Tensor('float32', this.#toPixelValues(pictures), [pictures.length, 3, height, width]);
    return this.#run(session, { [input]: pixelValues }, output, pictures.length);
  }

  /**
   * One text a run: with dynamically quantised weights an answer would depend on what else is in the batch.
   * @returns its L2-normalised embedding
   * @throws TENSOR_INVALID, INFERENCE_FAILED
   */
  async encodeText(text: string): Promise<Float32Array<ArrayBuffer>[]> {
    const { session, tokenizer } = await this.#parts.text();
    const { inputs, output } = this.#manifest.text;
    const { inputIds, attentionMask, length } = tokenizer.tokenize([text]);
    const feeds = { [inputs.inputIds]: new Tensor('int64', inputIds, [1, length]) };
    if (inputs.attentionMask) feeds[inputs.attentionMask] = new Tensor('int64', attentionMask, [1, length]);
    return this.#run(session, feeds, output, 1);
  }

  async #run(session: InferenceSession, feeds: Record<string, Tensor>, output: string, count: number) {
    const { [output]: tensor } = await session.run(feeds, [output]).catch((cause: unknown) => {
      const dims = Object.entries(feeds).map(([name, { dims }]) => `${name} [${dims.join(', ')}]`);
      throw new AfterimageError('INFERENCE_FAILED', `expected ${output} for ${dims.join(', ')}, received an error`, {
        cause,
      });
    });
    return embeddingsOf(tensor!, output, count, this.#manifest.dimension);
  }
}

async function openSession(path: string, inputs: readonly string[], output: string): Promise<InferenceSession> {
  const session = await InferenceSession.create(path, SESSION_OPTIONS).catch((cause: unknown) => {
    throw new AfterimageError('MODEL_INVALID', `expected an ONNX model in ${path}, received something else`, { cause });
  });
  for (const [name, names] of [
    ...inputs.map((input) => [input, session.inputNames] as const),
    [output, session.outputNames] as const,
  ]) {
    if (!names.includes(name))
      throw new AfterimageError('MODEL_INVALID', expected(`one of ${names.join(', ')}`, `a tensor of ${path}`, name));
  }
  return session;
}

function embeddingsOf(tensor: Tensor, name: string, count: number, dimension: number): Float32Array<ArrayBuffer>[] {
  const { type, dims, data } = tensor;
  if (type !== 'float32' || dims.length !== 2 || dims[0] !== count || dims[1] !== dimension)
    throw new AfterimageError(
      'TENSOR_INVALID',
      `expected float32 [${count}, ${dimension}] for ${name}, received ${type} [${dims.join(', ')}]`,
    );
  return Array.from({ length: count }, (_, index) =>
    l2Normalise((data as Float32Array).subarray(index * dimension, (index + 1) * dimension)),
  );
}
