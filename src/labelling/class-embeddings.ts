import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { MAX_PROMPTS_IN_ALL } from './label-rules.js';
import { labelKey } from '../assets/label-name.js';
import { BACKGROUND_LABELS } from '../inference/background-labels.js';
import type { Encoder } from '../inference/encoder.js';
import { classEmbedding, fillTemplates } from '../inference/zero-shot.js';

/** All that one request may ask for: with fewer, each one would push out what the next one like it begins with. */
const CACHED = MAX_PROMPTS_IN_ALL + BACKGROUND_LABELS.length;

/** The direction in which each label lies, made of its prompts. Labels that were asked for before are remembered. */
export class ClassEmbeddings {
  readonly #cache = new LRUCache<string, Promise<Float32Array>>({ max: CACHED });

  constructor(private readonly encoder: Encoder) {}

  /** @returns L2-normalised, one a label in their order */
  of(
    labels: readonly string[],
    templates: readonly string[] = this.encoder.manifest.templates,
  ): Promise<Float32Array[]> {
    return Promise.all(
      labels.map((label) => this.#embed([labelKey(label), templates], () => fillTemplates(label, templates))),
    );
  }

  /** @returns the direction of one label that has these prompts */
  ofPrompts(prompts: readonly string[]): Promise<Float32Array> {
    return this.#embed([prompts], () => [...prompts]);
  }

  #embed(of: readonly unknown[], prompts: () => string[]): Promise<Float32Array> {
    // The texts themselves would take more memory than what is made of them.
    const key = createHash('sha256').update(JSON.stringify(of)).digest('base64');
    let embedding = this.#cache.get(key);
    if (!embedding) {
      embedding = this.encoder.encodeTexts(prompts(), { isBulk: true }).then(classEmbedding);
      embedding.catch(() => this.#cache.delete(key));
      this.#cache.set(key, embedding);
    }
    return embedding;
  }
}
