import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { MAX_PROMPTS_IN_ALL } from './label-rules.js';
import { BACKGROUND_LABELS } from '../inference/background-labels.js';
import type { Encoder } from '../inference/encoder.js';
import { classEmbedding } from '../inference/zero-shot.js';

/** All that one request may ask for: with fewer, each one would push out what the next one like it begins with. */
const CACHED = MAX_PROMPTS_IN_ALL + BACKGROUND_LABELS.length;
/**
 * Prompts that one question has the encoder work on at a time. Those that it takes in the order in which they come: so a
 * question waits for a portion of each other one, however many prompts that has.
 */
const PORTION = 32;

/** The direction in which each label lies, made of its prompts. Labels that were asked for before are remembered. */
export class ClassEmbeddings {
  readonly #cache = new LRUCache<string, Promise<Float32Array>>({ max: CACHED });

  constructor(private readonly encoder: Encoder) {}

  /**
   * @param labels the prompts of each
   * @param signal aborted when nobody wants them any more; what has begun by then is finished, for others that ask for it
   * @returns L2-normalised, one a label in their order
   * @throws what `signal` was aborted with
   */
  async of(labels: readonly (readonly string[])[], signal?: AbortSignal): Promise<Float32Array[]> {
    const embeddings: Float32Array[] = [];
    for (const portion of portionsOf(labels)) {
      signal?.throwIfAborted();
      embeddings.push(...(await Promise.all(portion.map((prompts) => this.#embed(prompts)))));
    }
    return embeddings;
  }

  #embed(prompts: readonly string[]): Promise<Float32Array> {
    // The texts themselves would take more memory than what is made of them.
    const key = createHash('sha256').update(JSON.stringify(prompts)).digest('base64');
    let embedding = this.#cache.get(key);
    if (!embedding) {
      embedding = this.#encode(prompts).then(classEmbedding);
      embedding.catch(() => this.#cache.delete(key));
      this.#cache.set(key, embedding);
    }
    return embedding;
  }

  async #encode(prompts: readonly string[]): Promise<Float32Array[]> {
    const embeddings: Float32Array[] = [];
    for (let start = 0; start < prompts.length; start += PORTION)
      embeddings.push(...(await this.encoder.encodeTexts(prompts.slice(start, start + PORTION), { isBulk: true })));
    return embeddings;
  }
}

/** Labels of about as many prompts; one that has more is a portion by itself. */
function* portionsOf(labels: readonly (readonly string[])[]): Generator<readonly (readonly string[])[]> {
  let portion: (readonly string[])[] = [];
  let count = 0;
  for (const prompts of labels) {
    if (count > 0 && count + prompts.length > PORTION) {
      yield portion;
      portion = [];
      count = 0;
    }
    portion.push(prompts);
    count += prompts.length;
  }
  if (count > 0) yield portion;
}
