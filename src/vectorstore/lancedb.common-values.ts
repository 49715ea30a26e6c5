import type { Table } from '@lancedb/lancedb';
import { toSql } from './lancedb.filter.js';
import { tableToPoints } from './lancedb.rows.js';
import type { Filter, Payload, PayloadSchema } from './vectorstore.js';

/** So often at most it is looked whether a field has one value again. */
const SURVEY_AGAIN_MS = 60_000;

type Value = string | boolean;

/**
 * The values that all rows of a table have. A condition that all rows meet need not be asked: LanceDB would read the addresses of
 * all of them for it, which takes longer than the search among them. For a table that only this process writes to.
 */
export class CommonValues {
  readonly #values = new Map<string, Value>();
  /** Fields that filters ask for. */
  readonly #asked = new Set<string>();
  /** Fields that were looked at since something was written. */
  readonly #surveyed = new Set<string>();
  #surveyedAt = -Infinity;

  constructor(
    private readonly table: Table,
    private readonly payload: PayloadSchema,
  ) {}

  /** Whether to survey now: some field may have got a common value since it was last looked at. */
  isSurveyDue(): boolean {
    const now = performance.now();
    if (this.#unknown().length === 0 || now - this.#surveyedAt < SURVEY_AGAIN_MS) return false;
    this.#surveyedAt = now;
    return true;
  }

  /** To be called before rows get such payloads. */
  noteWrite(payloads: readonly Payload[]): void {
    this.#surveyed.clear();
    for (const [field, value] of this.#values)
      if (payloads.some((payload) => payload[field] !== value)) this.#values.delete(field);
  }

  /** A filter without the conditions that all rows meet; undefined where none is left. */
  without(filter: Filter | undefined): Filter | undefined {
    const rest = conjuncts(filter).filter((each) => !this.#isMetByAll(each));
    return rest.length > 0 ? { and: rest } : undefined;
  }

  /** Looks at the fields that were asked for, while nothing is written. */
  async survey(): Promise<void> {
    const fields = this.#unknown();
    const [row] = tableToPoints(await this.table.query().limit(1).toArrow(), this.payload);
    for (const field of fields) {
      const value = row?.payload[field];
      const isOfAll = isValue(value) && (await this.table.countRows(toSql({ not: { field, in: [value] } }))) === 0;
      if (isOfAll) this.#values.set(field, value);
      this.#surveyed.add(field);
    }
  }

  #unknown(): string[] {
    return [...this.#asked].filter((field) => !this.#values.has(field) && !this.#surveyed.has(field));
  }

  #isMetByAll(filter: Filter): boolean {
    if (!('in' in filter)) return false;
    const { field } = filter;
    const type = this.payload[field];
    if (type === 'keyword' || type === 'boolean') this.#asked.add(field);
    const value = this.#values.get(field);
    return value !== undefined && filter.in.includes(value);
  }
}

function isValue(value: Payload[string] | undefined): value is Value {
  return typeof value === 'string' || typeof value === 'boolean';
}

function conjuncts(filter: Filter | undefined): readonly Filter[] {
  if (!filter) return [];
  return 'and' in filter ? filter.and.flatMap(conjuncts) : [filter];
}
