/** What a search takes time for. Steps overlap: together they may be more than the whole. */
const SEARCH_STEPS = ['encodeMs', 'vectorSearchMs', 'keywordSearchMs', 'rowsMs'] as const;
export type SearchStep = (typeof SEARCH_STEPS)[number];

/** In milliseconds by the clock; null for what the search did not do. */
export type SearchDurations = Readonly<Record<SearchStep, number | null>> & { readonly totalMs: number };

/** Takes the time of one search. */
export class SearchTimes {
  readonly #beganAt = performance.now();
  readonly #steps = new Map<SearchStep, number>();

  /** Adds to a step how long it takes until it is done or has failed. */
  measure<Result>(step: SearchStep, work: () => Promise<Result>): Promise<Result> {
    const beganAt = performance.now();
    return work().finally(() => this.#steps.set(step, (this.#steps.get(step) ?? 0) + performance.now() - beganAt));
  }

  read(): SearchDurations {
    const steps = Object.fromEntries(SEARCH_STEPS.map((step) => [step, this.#steps.get(step) ?? null]));
    return { ...(steps as Record<SearchStep, number | null>), totalMs: performance.now() - this.#beganAt };
  }
}
