/** For so long what is of the same kind is no news. */
const QUIET_MS = 60_000;

/** Tells of what happens again and again what is to be written, once a minute for each kind. */
export class News {
  readonly #writtenAt = new Map<string, number>();

  /** To be called where it is written then: what follows is none for a minute. */
  isNews(kind: string): boolean {
    const now = Date.now();
    for (const [known, at] of this.#writtenAt) if (now - at >= QUIET_MS) this.#writtenAt.delete(known);
    if (this.#writtenAt.has(kind)) return false;
    this.#writtenAt.set(kind, now);
    return true;
  }
}
