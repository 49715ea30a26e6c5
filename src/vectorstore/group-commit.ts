interface Waiting<Kind, Item> {
  readonly kind: Kind;
  readonly items: readonly Item[];
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Writes one after the other, in the order of the calls. While a write is under way, the calls of one kind that arrive
 * are collected into the next: a write costs a store the same whether it carries one item or hundreds.
 */
export class GroupCommit<Kind, Item extends { readonly id: string }> {
  #waiting: Waiting<Kind, Item>[] = [];
  #running: Promise<void> | undefined;

  /**
   * @param commit does one write; of items with the same id it gets the last only
   * @param maxItems the most items of one write; a longer call is done in several
   */
  constructor(
    private readonly commit: (kind: Kind, items: Item[]) => Promise<void>,
    private readonly maxItems: number,
  ) {}

  /** Resolves when the items are written; rejects with the error of the write that carried them. */
  async write(kind: Kind, items: readonly Item[]): Promise<void> {
    const parts: Promise<void>[] = [];
    for (let start = 0; start < items.length; start += this.maxItems)
      parts.push(this.#enqueue(kind, items.slice(start, start + this.maxItems)));
    await Promise.all(parts);
  }

  /** Does something else in its turn, while nothing is being written. */
  exclusive(kind: Kind): Promise<void> {
    return this.#enqueue(kind, []);
  }

  /** Resolves when nothing is waiting or being written. */
  async settled(): Promise<void> {
    while (this.#running) await this.#running;
  }

  #enqueue(kind: Kind, items: readonly Item[]): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ kind, items, resolve, reject });
      this.#running ??= this.#drain();
    });
  }

  async #drain(): Promise<void> {
    while (this.#waiting.length > 0) {
      // Whoever was just answered has its next call in by then: without this, callers in a loop fall into two groups
      // that wait for each other, and twice as many writes are done.
      await new Promise((resolve) => setImmediate(resolve));
      const group = this.#takeGroup();
      const lastOfEach = new Map(group.flatMap(({ items }) => items).map((item) => [item.id, item]));
      try {
        await this.commit(group[0]!.kind, [...lastOfEach.values()]);
        for (const { resolve } of group) resolve();
      } catch (error) {
        for (const { reject } of group) reject(error);
      }
    }
    this.#running = undefined;
  }

  #takeGroup(): Waiting<Kind, Item>[] {
    const { kind } = this.#waiting[0]!;
    let itemCount = 0;
    const isNext = (call: Waiting<Kind, Item>) =>
      call.kind === kind && (itemCount += call.items.length) <= this.maxItems;
    const end = this.#waiting.findIndex((call) => !isNext(call));
    return this.#waiting.splice(0, end === -1 ? this.#waiting.length : end);
  }
}
