import { Tensor } from './onnx-runtime.js';
import { loadOnce } from '../load-once.js';
import type { ModelManifest } from './model-manifest.js';
import type { LoadedModel, ModelPart } from './model-registry.js';
import { OnnxSession, type Feeds } from './onnx-session.js';
import { createPixelNormaliser } from './pixel-values.js';
import { blankPicture, finishPicture, type PreparedPicture } from './preprocess.js';
import { textBatchSize } from './text-batch.js';
import { TextTokenizer, type TokenBatch } from './tokenizer.js';
import { checkVocabulary } from './vocabulary.js';
import { l2Normalise } from './vectors.js';

/**
 * The ONNX sessions of a model, each loaded when it is first needed. It blocks its thread while it computes, so it belongs
 * in a worker thread, and takes one call at a time: the input of the next is written over that of the one before. Every call
 * throws, naming the file, MODEL_NOT_FOUND when one that it needs is gone, MODEL_INVALID when it is no ONNX model, has not the
 * tensors of the manifest or of other sizes, or is no tokenizer.json that fits.
 */
export class OnnxEncoder {
  readonly #manifest: ModelManifest;
  readonly #toPixelValues: ReturnType<typeof createPixelNormaliser>;
  readonly #isCombined: boolean;
  readonly #parts;

  private constructor({ manifest, files, provider }: LoadedModel) {
    this.#manifest = manifest;
    this.#toPixelValues = createPixelNormaliser(manifest.image);
    this.#isCombined = manifest.image.file === manifest.text.file;
    const open = loadOnce(() => OnnxSession.open(files.image, provider, false));
    const openText = files.text === files.image ? open : () => OnnxSession.open(files.text, provider, true);
    this.#parts = {
      image: loadOnce(async () => this.#checkImages(await open())),
      text: loadOnce(async () =>
        this.#checkTexts(await openText(), await TextTokenizer.load(files.tokenizer, manifest.text)),
      ),
    } satisfies Record<ModelPart, unknown>;
  }

  /** @param parts what is loaded now; the rest is when it is first needed */
  static async load(model: LoadedModel, parts: readonly ModelPart[] = ['image', 'text']): Promise<OnnxEncoder> {
    const encoder = new OnnxEncoder(model);
    for (const part of parts) await encoder.#parts[part]();
    return encoder;
  }

  /**
   * @param pictures what `preprocess` returns for this model's manifest
   * @returns an L2-normalised embedding a picture
   * @throws TENSOR_INVALID, INFERENCE_FAILED
   */
  async encodeImages(pictures: readonly PreparedPicture[]): Promise<Float32Array<ArrayBuffer>[]> {
    const session = await this.#parts.image();
    const { image, dimension } = this.#manifest;
    const embeddings: Float32Array<ArrayBuffer>[] = [];
    // Some exports take one picture at a time.
    const batchSize = session.fixedSize(image.input, 0) ?? pictures.length;
    for (let from = 0; from < pictures.length; from += batchSize) {
      const batch = pictures.slice(from, from + batchSize).map((picture) => finishPicture(picture, image));
      const feeds = {
        ...this.#pictureFeeds(batch),
        ...(this.#isCombined ? this.#textFeeds(session, this.#blankText()) : {}),
      };
      embeddings.push(...(await session.run(feeds, image.output, batch.length, dimension)).map(l2Normalise));
    }
    return embeddings;
  }

  /**
   * Several in a run where that changes no answer; see `textBatchSize`.
   * @returns an L2-normalised embedding a text
   * @throws TENSOR_INVALID, INFERENCE_FAILED
   */
  async encodeTexts(texts: readonly string[]): Promise<Float32Array<ArrayBuffer>[]> {
    const { session, tokenizer, batchSize } = await this.#parts.text();
    const embeddings: Float32Array<ArrayBuffer>[] = [];
    for (const { places, tokens } of tokenizer.groups(texts, batchSize)) {
      const rows = await this.#runTexts(session, tokens);
      places.forEach((place, index) => (embeddings[place] = l2Normalise(rows[index]!)));
    }
    return embeddings;
  }

  #runTexts(session: OnnxSession, tokens: TokenBatch): Promise<Float32Array[]> {
    const feeds = {
      ...this.#textFeeds(session, tokens),
      ...(this.#isCombined ? this.#pictureFeeds([blankPicture(this.#manifest.image).data]) : {}),
    };
    const count = tokens.inputIds.length / tokens.length;
    return session.run(feeds, this.#manifest.text.output, count, this.#manifest.dimension);
  }

  #pictureFeeds(pixels: readonly Uint8Array[]): Feeds {
    const { input, width, height } = this.#manifest.image;
    return { [input]: new Tensor('float32', this.#toPixelValues(pixels), [pixels.length, 3, height, width]) };
  }

  #textFeeds(session: OnnxSession, { inputIds, attentionMask, length }: TokenBatch): Feeds {
    const { inputs } = this.#manifest.text;
    const dims = [inputIds.length / length, length];
    const feeds: Feeds = { [inputs.inputIds]: session.integers(inputs.inputIds, inputIds, dims) };
    if (inputs.attentionMask) feeds[inputs.attentionMask] = session.integers(inputs.attentionMask, attentionMask, dims);
    if (inputs.tokenTypeIds)
      feeds[inputs.tokenTypeIds] = session.integers(inputs.tokenTypeIds, new BigInt64Array(inputIds.length), dims);
    return feeds;
  }

  // A file of both encoders computes both, whatever is asked of it: the other one gets the least that it takes. A batch of
  // none is not enough, since exports reshape by the size of the batch.
  #blankText(): TokenBatch {
    const { padding, contextLength, padId } = this.#manifest.text;
    const length = padding === 'contextLength' ? contextLength : 1;
    return {
      inputIds: new BigInt64Array(length).fill(BigInt(padId)),
      attentionMask: new BigInt64Array(length).fill(1n),
      length,
    };
  }

  #checkImages(session: OnnxSession): OnnxSession {
    const { image } = this.#manifest;
    this.#checkTensors(session, 'image');
    session.requireSize(image.input, 2, image.height, 'height');
    session.requireSize(image.input, 3, image.width, 'width');
    const batchSize = session.fixedSize(image.input, 0) ?? 1;
    if (batchSize !== 1) session.refuse('a batch of any size, or of 1', image.input, batchSize);
    return session;
  }

  async #checkTexts(session: OnnxSession, tokenizer: TextTokenizer) {
    const { inputs, padding, contextLength } = this.#manifest.text;
    this.#checkTensors(session, 'text');
    const length = session.fixedSize(inputs.inputIds, 1);
    if (length !== undefined && (padding !== 'contextLength' || length !== contextLength))
      session.refuse(`texts padded to ${length} tokens`, 'the manifest', `${padding} of ${contextLength}`);
    const encode = (tokens: TokenBatch) => this.#runTexts(session, tokens);
    await checkVocabulary(session, tokenizer, encode);
    // A file of both encoders has one batch for both; others take one text at a time.
    const isAlone = this.#isCombined || session.fixedSize(inputs.inputIds, 0) !== undefined;
    return { session, tokenizer, batchSize: isAlone ? 1 : await textBatchSize(tokenizer, encode) };
  }

  #checkTensors(session: OnnxSession, part: ModelPart): void {
    const { image, text, dimension } = this.#manifest;
    const inputs = { image: [image.input], text: Object.values(text.inputs) };
    session.requireTensors(
      this.#isCombined ? [...inputs.image, ...inputs.text] : inputs[part],
      this.#manifest[part].output,
    );
    session.requireSize(this.#manifest[part].output, 1, dimension, 'dimension');
  }
}
