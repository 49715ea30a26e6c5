import type { Filter, Payload } from './vectorstore.js';

export type Value = Payload[string];

/** What points have, by row. */
export interface Columns {
  readonly ids: readonly string[];
  /** By the name of the field. */
  readonly fields: ReadonlyMap<string, readonly Value[]>;
}

/**
 * Which rows match: 1 for each that does, else 0. A condition goes through all rows before the next one: they lie one after the
 * other in a column, and those of a point all over the memory.
 * @param filter one that `assertFilter` let pass: its field names and types are trusted here
 */
export function matching(filter: Filter, columns: Columns): Uint8Array {
  const { ids, fields } = columns;
  if ('and' in filter) return combined(filter.and, columns, 1, (a, b) => a & b);
  if ('or' in filter) return combined(filter.or, columns, 0, (a, b) => a | b);
  if ('not' in filter) return matching(filter.not, columns).map((isMatch) => 1 - isMatch);
  if ('ids' in filter) {
    const wanted = new Set(filter.ids);
    return each(ids, (id) => wanted.has(id));
  }

  const values = fields.get(filter.field)!;
  if ('in' in filter) {
    const wanted = new Set<unknown>(filter.in);
    const [only] = wanted;
    // As nearly every search asks twice.
    return each(values, wanted.size === 1 ? (value) => value === only : (value) => wanted.has(value));
  }
  const lists = values as readonly (readonly string[])[];
  if ('hasAny' in filter) {
    const wanted = new Set(filter.hasAny);
    return each(lists, (list) => list.some((value) => wanted.has(value)));
  }
  if ('hasAll' in filter) return each(lists, (list) => filter.hasAll.every((value) => list.includes(value)));
  if ('isEmpty' in filter) return each(lists, ({ length }) => (length === 0) === filter.isEmpty);

  const { gte = -Infinity, lte = Infinity } = filter;
  return each(values as readonly (number | null)[], (value) => value !== null && value >= gte && value <= lte);
}

/** Conditions of a filter, those of its parts among them. */
export function conditionCount(filter: Filter): number {
  if ('not' in filter) return conditionCount(filter.not);
  const parts = 'and' in filter ? filter.and : 'or' in filter ? filter.or : undefined;
  return parts ? parts.reduce((sum, part) => sum + conditionCount(part), 0) : 1;
}

function combined(
  filters: readonly Filter[],
  columns: Columns,
  ofNone: 0 | 1,
  combine: (a: number, b: number) => number,
): Uint8Array {
  const [first, ...others] = filters.map((filter) => matching(filter, columns));
  if (!first) return new Uint8Array(columns.ids.length).fill(ofNone);
  for (const other of others)
    for (let row = 0; row < first.length; row++) first[row] = combine(first[row]!, other[row]!);
  return first;
}

function each<Item>(items: readonly Item[], isMatch: (item: Item) => boolean): Uint8Array {
  const matches = new Uint8Array(items.length);
  for (let row = 0; row < items.length; row++) matches[row] = Number(isMatch(items[row]!));
  return matches;
}
