import type { Logger } from 'pino';
import type { SearchDurations } from './search-times.js';

/** What is logged of a query: nothing that says what somebody looked for. */
export interface QueryShape {
  readonly kind: 'text' | 'similar';
  readonly mode?: string;
  readonly modelId?: string | null;
  /** Characters. */
  readonly queryLength?: number;
}

/** What is logged of a search. */
interface SearchShape extends QueryShape {
  readonly first?: number | null;
  readonly isFiltered: boolean;
  readonly isFirstPage: boolean;
  readonly edges: number;
}

/** Logs the searches that take long. */
export class SlowSearches {
  constructor(
    private readonly log: Logger,
    private readonly slowMs: number,
  ) {}

  note(shape: SearchShape, durations: SearchDurations): void {
    if (durations.totalMs >= this.slowMs) this.log.warn({ search: shape, durations }, 'a slow search');
  }
}
