import type { ModelManifest } from './model-manifest.js';
import type { PreparedPicture } from './preprocess.js';

/**
 * Turns pictures and texts into embeddings of one space. Never computes on the calling thread.
 *
 * An embedding is an L2-normalised Float32Array as long as `manifest.dimension`. Calls may be made concurrently; the
 * implementation batches them and puts texts ahead of pictures, because a person waits for a text.
 */
export interface Encoder {
  readonly manifest: ModelManifest;
  /** Loads the model in every worker. @throws MODEL_NOT_FOUND, MODEL_INVALID */
  start(): Promise<void>;
  /**
   * @param picture what `preprocess` returns for this encoder's manifest; its buffer is handed over and must not be used
   *   afterwards
   * @throws TENSOR_INVALID when it is not of the size that the manifest asks for, INFERENCE_FAILED
   */
  encodeImage(picture: PreparedPicture): Promise<Float32Array>;
  /**
   * One embedding a text, in their order. Answers are cached by text.
   * @param isBulk of texts that come in great numbers, such as the prompts of labels: a search does not wait for them,
   *   pictures take turns with them, and their answers are not cached. False by default.
   * @throws INFERENCE_FAILED
   */
  encodeTexts(texts: readonly string[], options?: { readonly isBulk?: boolean }): Promise<Float32Array[]>;
  close(): Promise<void>;
}
