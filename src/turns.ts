import { AfterimageError } from './errors.js';

/** One at a time, whoever came first, and few that wait. */
export class Turns {
  readonly #waiting = new Set<() => void>();
  #isTaken = false;

  /** @param what it is that takes turns, in the plural, for the message of a refusal */
  constructor(
    private readonly what: string,
    private readonly maxWaiting: number,
  ) {}

  /**
   * @param signal aborted when nobody wants the result any more: who waits then leaves, and makes room
   * @throws SERVER_BUSY where too many wait; what `signal` was aborted with; what `work` throws
   */
  async take<Result>(work: () => Promise<Result>, signal?: AbortSignal): Promise<Result> {
    signal?.throwIfAborted();
    if (this.#isTaken) await this.#wait(signal);
    this.#isTaken = true;
    try {
      return await work();
    } finally {
      const [next] = this.#waiting;
      if (next) next();
      else this.#isTaken = false;
    }
  }

  #wait(signal: AbortSignal | undefined): Promise<void> {
    if (this.#waiting.size >= this.maxWaiting)
      throw new AfterimageError(
        'SERVER_BUSY',
        `expected at most ${this.maxWaiting} ${this.what} that wait, received one more: try again later`,
      );
    return new Promise((resolve, reject) => {
      const settle = (settled: () => void) => {
        this.#waiting.delete(begin);
        signal?.removeEventListener('abort', leave);
        settled();
      };
      const begin = () => settle(resolve);
      const leave = () => settle(() => reject(signal!.reason as Error));
      this.#waiting.add(begin);
      signal?.addEventListener('abort', leave);
    });
  }
}
