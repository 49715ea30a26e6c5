/** One of several that are taken at once. */
export interface Place {
  /** Resolves when those before it that have the same content have left. Called once at most. */
  follow(sha256: string): Promise<void>;
  /** To be called in any case, when what it is about is done or has failed. */
  leave(): void;
}

/**
 * Has what is the same follow in its order, while the rest goes side by side. Whether one before it is the same is known
 * only when that one has been read: each waits for that.
 */
export class SameContent {
  /** Resolves when of all so far the content is known, or never will be. */
  #known: Promise<unknown> = Promise.resolve();
  readonly #last = new Map<string, Promise<void>>();

  /** To be called in their order. */
  place(): Place {
    const before = this.#known;
    const [known, setKnown] = event();
    const [left, setLeft] = event();
    this.#known = before.then(() => known);
    return {
      follow: async (sha256) => {
        await before;
        const same = this.#last.get(sha256);
        this.#last.set(sha256, left);
        setKnown();
        await same;
      },
      leave: () => {
        setKnown();
        setLeft();
      },
    };
  }
}

function event(): [Promise<void>, () => void] {
  let set!: () => void;
  const happened = new Promise<void>((resolve) => (set = resolve));
  return [happened, set];
}
