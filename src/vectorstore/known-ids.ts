/** Digits of a UUID that a number holds exactly. */
const DIGITS = 13;

/**
 * Which ids may be in a table that only this process writes to: some bytes an id instead of a read of the table. Ids that are
 * deleted stay known, and two ids may look the same; who is not known is not there.
 */
export class KnownIds {
  readonly #known = new Set<number>();

  /** @param id a UUID */
  add(id: string): void {
    this.#known.add(digestOf(id));
  }

  mayHave(id: string): boolean {
    return this.#known.has(digestOf(id));
  }
}

/** Its last digits, which are random in every version but those by time, and differ within a table in those. */
function digestOf(id: string): number {
  return Number.parseInt(id.replaceAll('-', '').slice(-DIGITS), 16);
}
