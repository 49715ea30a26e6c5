import type { ModelManifest } from './model-manifest.js';

/**
 * Turns pictures and texts into embeddings of one space. Never computes on the calling thread.
 *
 * An embedding is an L2-normalised Float32Array as long as `manifest.dimension`. Calls may be made concurrently; the
 * implementation batches them and puts texts ahead of pictures, because a person waits for a text.
 */
export interface Encoder {
  readonly manifest: ModelManifest;
  /** Loads the model in every worker. @throws MODEL_DAMAGED, MODEL_INVALID */
  start(): Promise<void>;
  /**
   * @param pixels what `preprocess` returns for this encoder's manifest: RGB, rows of height x width x 3 bytes; the buffer is
   *   handed over and must not be used afterwards
   * @throws TENSOR_INVALID when its length is not width * height * 3, INFERENCE_FAILED
   */
  encodeImage(pixels: Uint8Array<ArrayBuffer>): Promise<Float32Array>;
  /**
   * One embedding a text, in their order. Answers are cached by text.
   * @param isBulk of texts that come in great numbers, such as the prompts of labels: a search does not wait for them, and
   *   their answers are not cached. False by default.
   * @throws INFERENCE_FAILED
   */
  encodeTexts(texts: readonly string[], options?: { readonly isBulk?: boolean }): Promise<Float32Array[]>;
  close(): Promise<void>;
}
