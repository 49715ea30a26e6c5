import './no-telemetry.js';
import { Worker } from 'node:worker_threads';
import { AfterimageError } from '../errors.js';
import type { InferenceReply, InferenceRequest } from './inference.protocol.js';
import type { LoadedModel, ModelPart } from './model-registry.js';

type Embeddings = readonly Float32Array<ArrayBuffer>[];
type State = 'loading' | 'idle' | 'busy' | 'ended';

/** One worker thread with the model in it, seen from the main thread. It does one thing at a time. */
export class InferenceThread {
  /** Settles when these parts of the model are loaded. Rejects with MODEL_NOT_FOUND or MODEL_INVALID, or INFERENCE_FAILED when the thread ended. */
  readonly ready: Promise<void>;
  /** Resolves when the thread has ended, whatever the reason. */
  readonly ended: Promise<void>;
  readonly #worker = new Worker(new URL('./inference.worker.js', import.meta.url));
  readonly #parts: Set<ModelPart>;
  #state: State = 'loading';
  #settle: { resolve: (embeddings: Embeddings) => void; reject: (error: Error) => void } | undefined;
  #current: Promise<Embeddings> | undefined;

  constructor(model: LoadedModel, parts: readonly ModelPart[]) {
    this.#parts = new Set(parts);
    let failure: unknown;
    this.#worker.on('error', (error) => (failure = error));
    this.#worker.on('message', (reply: InferenceReply) => this.#receive(reply));
    this.ended = new Promise((resolve) =>
      this.#worker.once('exit', () => {
        this.#state = 'ended';
        this.#settle?.reject(
          new AfterimageError('INFERENCE_FAILED', 'expected embeddings from an inference thread, received its end', {
            cause: failure,
          }),
        );
        resolve();
      }),
    );
    this.ready = this.#ask({ type: 'load', model, parts }).then(() => undefined);
  }

  get isIdle(): boolean {
    return this.#state === 'idle';
  }

  /** Whether it is loaded, or was asked for, so that the next one who needs it need not wait. */
  has(part: ModelPart): boolean {
    return this.#parts.has(part);
  }

  /**
   * Only for an idle thread.
   * @param request its pictures' buffers are transferred: they are empty afterwards
   * @throws INFERENCE_FAILED, TENSOR_INVALID
   */
  run(request: InferenceRequest): Promise<Embeddings> {
    const embeddings = this.#ask(request);
    this.#state = 'busy';
    this.#parts.add(request.type === 'texts' ? 'text' : 'image');
    return embeddings;
  }

  /** Lets what is running finish, then ends the thread. */
  async close(): Promise<void> {
    await this.#current?.catch(() => undefined);
    await this.#worker.terminate();
  }

  #ask(request: InferenceRequest): Promise<Embeddings> {
    const transfer = request.type === 'images' ? request.pictures.map(({ data }) => data.buffer) : [];
    // First, since it throws for what cannot be sent: nobody would ever settle the promise.
    this.#worker.postMessage(request, transfer);
    this.#current = new Promise((resolve, reject) => (this.#settle = { resolve, reject }));
    return this.#current;
  }

  #receive(reply: InferenceReply): void {
    const settle = this.#settle!;
    this.#settle = undefined;
    if (reply.type === 'done') {
      this.#state = 'idle';
      settle.resolve(reply.embeddings);
    } else {
      const { code, message, cause } = reply;
      if (this.#state === 'busy') this.#state = 'idle';
      settle.reject(new AfterimageError(code, message, { cause }));
    }
  }
}
