import { AfterimageError } from '../../errors.js';

/** Sets that wait for their turn, at most. */
const MAX_WAITING = 20;

/** Has label sets trained one at a time in this process: each keeps a core and the embeddings of its pictures. */
export class TrainingQueue<Head> {
  readonly #stopping = new AbortController();
  /** By set: the one under way, and those that wait. */
  readonly #trainings = new Map<string, Promise<Head>>();
  #last: Promise<unknown> = Promise.resolve();

  /**
   * @param train does so when it is its turn; the signal tells it to end
   * @returns what comes of it, or of the training of the same set that waits or is under way
   * @throws BACKLOG_FULL when 20 other sets wait, SHUTTING_DOWN
   */
  async run(labelSetId: string, train: (signal: AbortSignal) => Promise<Head>): Promise<Head> {
    const same = this.#trainings.get(labelSetId);
    if (same) return same;
    const waiting = this.#trainings.size - 1;
    if (waiting >= MAX_WAITING)
      throw new AfterimageError(
        'BACKLOG_FULL',
        `expected fewer than ${MAX_WAITING} label sets that wait to be trained, received ${waiting}: try again later`,
      );
    const { signal } = this.#stopping;
    const training = this.#last.then(() => {
      signal.throwIfAborted();
      return train(signal);
    });
    this.#trainings.set(labelSetId, training);
    this.#last = training.catch(() => undefined).finally(() => this.#trainings.delete(labelSetId));
    return training;
  }

  /** Ends the one that is under way and those that wait: SHUTTING_DOWN. There are no more. */
  stop(): void {
    const message = 'expected no training of a label set while the process ends, received one';
    this.#stopping.abort(new AfterimageError('SHUTTING_DOWN', message));
  }

  async close(): Promise<void> {
    this.stop();
    await this.#last;
  }
}
