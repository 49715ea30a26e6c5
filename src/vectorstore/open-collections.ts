import type { CollectionSpec } from './vectorstore.js';

/** The collections of a store that are open, each opened once. */
export class OpenCollections<Collection extends { close(): Promise<void> }> {
  readonly #openings = new Map<string, Promise<Collection>>();

  constructor(private readonly open: (spec: CollectionSpec) => Promise<Collection>) {}

  /** @returns the collection of that name, which may have been opened with another dimension or payload */
  get(spec: CollectionSpec): Promise<Collection> {
    const { name } = spec;
    let opening = this.#openings.get(name);
    if (!opening) {
      opening = this.open(spec);
      this.#openings.set(name, opening);
      opening.catch(() => this.#openings.delete(name));
    }
    return opening;
  }

  has(name: string): boolean {
    return this.#openings.has(name);
  }

  async close(name: string): Promise<void> {
    const opening = this.#openings.get(name);
    this.#openings.delete(name);
    // One that failed to open was reported to whoever opened it, and has nothing to close.
    const collection = await opening?.catch(() => undefined);
    await collection?.close();
  }

  async closeAll(): Promise<void> {
    for (const name of this.#openings.keys()) await this.close(name);
  }
}
