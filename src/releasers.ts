/** Something that must be closed. */
export interface Closable {
  close(): void | Promise<void>;
}

/** Closes what was opened, the last first, each once, going on past errors. */
export class Releasers {
  readonly #open: Closable[] = [];
  #released: Promise<void> | undefined;

  /** @returns what it was given, so that opening and registering are one line */
  add<C extends Closable>(closable: C): C {
    this.#open.push(closable);
    return closable;
  }

  /** @throws AggregateError with everything that could not be closed, when all has been tried */
  release(): Promise<void> {
    this.#released ??= this.#release();
    return this.#released;
  }

  async #release(): Promise<void> {
    const errors: unknown[] = [];
    for (const closable of this.#open.reverse()) {
      try {
        await closable.close();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw new AggregateError(errors, 'not everything could be closed');
  }
}
