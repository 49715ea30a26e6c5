import { Alarm } from './alarm.js';
import { isUnreachable } from '../outages.js';

interface Waiting<Item, Result> {
  readonly item: Item;
  readonly since: number;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

export interface TogetherOptions {
  /** The most that are done at a time. */
  readonly most: number;
  /** How long one that is there waits for those that are on their way; 0 by default. */
  readonly patienceMs?: number;
}

/**
 * Does something with several items at a time, where that costs hardly more than with one: while one group is being done,
 * those that come are collected into the next. The items of a group that fails are done again each by itself, one after the
 * other, so that none fails for another; where a part of the installation was away, all have failed.
 */
export class Together<Item, Result> {
  readonly #waiting: Waiting<Item, Result>[] = [];
  readonly #alarm = new Alarm();
  #coming = 0;
  #isWorking = false;

  /** @param act returns the results in the order of the items; all of it may be repeated */
  constructor(
    private readonly act: (items: readonly Item[]) => Promise<readonly Result[]>,
    private readonly options: TogetherOptions,
  ) {}

  do(item: Item): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, since: Date.now(), resolve, reject });
      this.#alarm.ring();
      if (!this.#isWorking) void this.#work();
    });
  }

  /**
   * Makes an item; those that are there before may wait for it.
   * @returns once it is made, what then becomes of it
   */
  async prepare(make: () => Promise<Item>): Promise<{ readonly done: Promise<Result> }> {
    this.#coming++;
    try {
      return { done: this.do(await make()) };
    } finally {
      this.#coming--;
      this.#alarm.ring();
    }
  }

  async #work(): Promise<void> {
    this.#isWorking = true;
    while (this.#waiting.length > 0) {
      // Those that come in one turn of the event loop are one group.
      await new Promise((resolve) => setImmediate(resolve));
      await this.#company();
      await this.#do(this.#waiting.splice(0, this.options.most));
    }
    this.#isWorking = false;
  }

  async #company(): Promise<void> {
    const { most, patienceMs = 0 } = this.options;
    for (;;) {
      this.#alarm.reset();
      const left = this.#waiting[0]!.since + patienceMs - Date.now();
      if (this.#coming === 0 || this.#waiting.length >= most || left <= 0) return;
      await this.#alarm.wait(left);
    }
  }

  async #do(group: readonly Waiting<Item, Result>[]): Promise<void> {
    try {
      const results = await this.act(group.map(({ item }) => item));
      for (const [index, { resolve }] of group.entries()) resolve(results[index]!);
    } catch (error) {
      if (group.length === 1 || isUnreachable(error)) for (const { reject } of group) reject(error);
      else for (const each of group) await this.#do([each]);
    }
  }
}
