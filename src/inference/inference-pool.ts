import { LRUCache } from 'lru-cache';
import { AfterimageError, expected } from '../errors.js';
import type { Encoder } from './encoder.js';
import { InferenceThread } from './inference-thread.js';
import type { InferenceRequest } from './inference.protocol.js';
import type { ModelManifest } from './model-manifest.js';
import type { LoadedModel, ModelPart } from './model-registry.js';
import type { PreparedPicture } from './preprocess.js';
import { MAX_TEXT_BATCH } from './text-batch.js';

const CACHED_TEXTS = 1_000;
/**
 * The most pictures of one run. Batches form only while every worker is busy: nothing waits for a batch to fill. More is a
 * little faster, and a text waits longer for the batch before it.
 */
const MAX_IMAGE_BATCH = 4;
/**
 * Texts in bulk after which threads load the text encoder for them that have not: it takes the time of so many, and some
 * 50 MB for good. More than a server encodes at its start.
 */
const BULK_WORTH_LOADING = 100;

export interface InferencePoolOptions {
  /** Worker threads; each holds the model and keeps one core busy. */
  readonly workerCount: number;
  /**
   * What is loaded at the start; the rest is when it is first needed. Both by default, and then the text encoder by the
   * first worker only: the others take a text only while that one is busy.
   */
  readonly parts?: readonly ModelPart[];
  /** Called for each run of a thread, with how many it has encoded and how long that took. */
  readonly onEncoded?: (part: ModelPart, count: number, durationMs: number) => void;
}

interface Waiting<Input> {
  readonly input: Input;
  readonly resolve: (embedding: Float32Array) => void;
  readonly reject: (error: unknown) => void;
}

/** The encoder of one ONNX model, in worker threads. */
export class InferencePool implements Encoder {
  readonly manifest: ModelManifest;
  readonly #workerCount: number;
  readonly #parts: readonly ModelPart[];
  readonly #onEncoded: InferencePoolOptions['onEncoded'];
  readonly #threads = new Set<InferenceThread>();
  readonly #cache = new LRUCache<string, Promise<Float32Array>>({ max: CACHED_TEXTS });
  readonly #texts: Waiting<string>[] = [];
  readonly #bulkTexts: Waiting<string>[] = [];
  readonly #pictures: Waiting<PreparedPicture>[] = [];
  #isPicturesTurn = false;
  #bulkCount = 0;
  #starting: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  constructor(
    private readonly model: LoadedModel,
    { workerCount, parts = ['image', 'text'], onEncoded }: InferencePoolOptions,
  ) {
    this.manifest = model.manifest;
    this.#workerCount = workerCount;
    this.#parts = parts;
    this.#onEncoded = onEncoded;
  }

  start(): Promise<void> {
    if (this.#closing) return Promise.reject(shuttingDown());
    // One load for all who ask at the same time; a failed one is forgotten, so that the next call tries again.
    this.#starting ??= this.#startThreads().catch(async (error: unknown) => {
      await this.#endThreads();
      this.#starting = undefined;
      throw error;
    });
    return this.#starting;
  }

  async encodeImage(picture: PreparedPicture): Promise<Float32Array> {
    const { width, height } = this.manifest.image;
    const result = picture.target ?? picture;
    if (result.width !== width || result.height !== height)
      throw new AfterimageError('TENSOR_INVALID', expected(size({ width, height }), 'a picture', size(result)));
    const byteCount = picture.width * picture.height * 3;
    if (picture.data.length !== byteCount)
      throw new AfterimageError('TENSOR_INVALID', expected(`${byteCount} bytes`, 'a picture', picture.data.length));
    // Taken over now, not when a worker is free: a buffer given twice would fail the pictures that it is batched with.
    return this.#enqueue(this.#pictures, structuredClone(picture, { transfer: [picture.data.buffer] }));
  }

  encodeTexts(
    texts: readonly string[],
    { isBulk = false }: { readonly isBulk?: boolean } = {},
  ): Promise<Float32Array[]> {
    // Those that come in bulk are not remembered: they would push out what people search for.
    const encode = (text: string) =>
      isBulk ? (this.#cache.get(text) ?? this.#enqueue(this.#bulkTexts, text)) : this.#encodeText(text);
    // A copy each: a caller that writes into its embedding does not change the cached one.
    return Promise.all(texts.map(async (text) => (await encode(text)).slice()));
  }

  close(): Promise<void> {
    this.#closing ??= this.#endThreads();
    this.#rejectWaiting(shuttingDown());
    return this.#closing;
  }

  #encodeText(text: string): Promise<Float32Array> {
    const cached = this.#cache.get(text);
    if (cached) return cached;
    const embedding = this.#enqueue(this.#texts, text);
    this.#cache.set(text, embedding);
    embedding.catch(() => this.#cache.delete(text));
    return embedding;
  }

  #enqueue<Input>(queue: Waiting<Input>[], input: Input): Promise<Float32Array> {
    return new Promise((resolve, reject) => {
      queue.push({ input, resolve, reject });
      this.start().then(
        () => this.#dispatch(),
        (error: unknown) => this.#rejectWaiting(error),
      );
    });
  }

  #dispatch(): void {
    // Pictures are for those without the text encoder, as long as there are any: a text then finds a thread that has it.
    const idle = [...this.#threads]
      .filter(({ isIdle }) => isIdle)
      .sort((one, other) => Number(other.has('text')) - Number(one.has('text')));
    for (let thread = idle[0]; thread; thread = idle[0]) {
      const texts = this.#takeTexts(idle);
      if (texts.length === 0) break;
      idle.shift();
      void this.#run(thread, { type: 'texts', texts: texts.map(({ input }) => input) }, texts);
    }
    for (let thread = idle.pop(); thread && this.#pictures.length > 0; thread = idle.pop()) {
      const batch = this.#pictures.splice(0, MAX_IMAGE_BATCH);
      this.#isPicturesTurn = false;
      void this.#run(thread, { type: 'images', pictures: batch.map(({ input }) => input) }, batch);
    }
  }

  /**
   * What the first of these idle threads is to do: texts that somebody waits for first; those in bulk take turns with pictures,
   * and have the text encoder loaded by further threads only when they are many.
   */
  #takeTexts(idle: readonly InferenceThread[]): Waiting<string>[] {
    const isBulk = this.#texts.length === 0;
    const queue = isBulk ? this.#bulkTexts : this.#texts;
    const takers = isBulk ? this.#bulkTakers(idle) : idle;
    if (takers.length === 0) return [];
    if (isBulk) this.#isPicturesTurn = true;
    const texts = queue.splice(0, Math.min(MAX_TEXT_BATCH, Math.ceil(queue.length / takers.length)));
    if (isBulk) this.#bulkCount += texts.length;
    return texts;
  }

  #bulkTakers(idle: readonly InferenceThread[]): readonly InferenceThread[] {
    if (this.#isPicturesTurn && this.#pictures.length > 0) return [];
    const isWorthLoading = this.#bulkCount >= BULK_WORTH_LOADING;
    const hasTextThread = [...this.#threads].some((thread) => thread.has('text'));
    return isWorthLoading || !hasTextThread ? idle : idle.filter((thread) => thread.has('text'));
  }

  async #run(thread: InferenceThread, request: InferenceRequest, waiting: readonly Waiting<unknown>[]): Promise<void> {
    const beganAt = performance.now();
    try {
      const embeddings = await thread.run(request);
      const part = request.type === 'texts' ? 'text' : 'image';
      this.#onEncoded?.(part, embeddings.length, performance.now() - beganAt);
      waiting.forEach(({ resolve }, index) => resolve(embeddings[index]!));
    } catch (error) {
      for (const { reject } of waiting) reject(error);
    }
    this.#dispatch();
  }

  #rejectWaiting(error: unknown): void {
    for (const queue of [this.#texts, this.#bulkTexts, this.#pictures])
      for (const { reject } of queue.splice(0)) reject(error);
  }

  async #startThreads(): Promise<void> {
    const others = this.#parts.includes('image') ? (['image'] as const) : this.#parts;
    const parts = Array.from({ length: this.#workerCount }, (_, index) => (index === 0 ? this.#parts : others));
    await Promise.all(parts.map((each) => this.#addThread(each)));
  }

  async #addThread(parts: readonly ModelPart[]): Promise<void> {
    const thread = new InferenceThread(this.model, parts);
    this.#threads.add(thread);
    try {
      await thread.ready;
    } catch (error) {
      this.#threads.delete(thread);
      await thread.close();
      throw error;
    }
    void thread.ended.then(() => this.#replace(thread));
  }

  /** A thread that ended by itself gets one successor; a successor that cannot load the model gets none. */
  async #replace(thread: InferenceThread): Promise<void> {
    // Threads that are ended on purpose were taken out of the set before.
    if (!this.#threads.delete(thread)) return;
    process.emitWarning('an inference thread ended unexpectedly; another one is started');
    try {
      await this.#addThread(this.#parts);
      this.#dispatch();
    } catch (error) {
      process.emitWarning(error as Error);
      // What was kept for that thread is for the others now.
      if (this.#threads.size > 0) return this.#dispatch();
      this.#starting = undefined;
      this.#rejectWaiting(error);
    }
  }

  async #endThreads(): Promise<void> {
    const threads = [...this.#threads];
    this.#threads.clear();
    await Promise.all(threads.map((thread) => thread.close()));
  }
}

function size({ width, height }: { readonly width: number; readonly height: number }): string {
  return `${width} x ${height} pixels`;
}

function shuttingDown(): AfterimageError {
  return new AfterimageError('SHUTTING_DOWN', 'expected no more work for an encoder that is closing, received some');
}
