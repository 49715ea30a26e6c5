import type { Filter, Payload } from './vectorstore.js';

export type Matches = (id: string, payload: Payload) => boolean;

/** A filter as a function. @param filter one that `assertFilter` let pass: its field names and types are trusted here */
export function toFunction(filter: Filter): Matches {
  if ('and' in filter) {
    const all = conjuncts(filter).map(toFunction);
    if (all.length === 1) return all[0]!;
    return (id, payload) => {
      for (const matches of all) if (!matches(id, payload)) return false;
      return true;
    };
  }
  if ('or' in filter) {
    const any = filter.or.map(toFunction);
    return (id, payload) => any.some((matches) => matches(id, payload));
  }
  if ('not' in filter) {
    const matches = toFunction(filter.not);
    return (id, payload) => !matches(id, payload);
  }
  if ('ids' in filter) {
    const ids = new Set(filter.ids);
    return (id) => ids.has(id);
  }

  const { field } = filter;
  if ('in' in filter) {
    const values = new Set<unknown>(filter.in);
    if (values.size !== 1) return (_, payload) => values.has(payload[field]);
    // As nearly every search asks twice.
    const [only] = values;
    return (_, payload) => payload[field] === only;
  }
  const list = (payload: Payload) => payload[field] as readonly string[];
  if ('hasAny' in filter) {
    const values = new Set(filter.hasAny);
    return (_, payload) => list(payload).some((value) => values.has(value));
  }
  if ('hasAll' in filter) return (_, payload) => filter.hasAll.every((value) => list(payload).includes(value));
  if ('isEmpty' in filter) return (_, payload) => (list(payload).length === 0) === filter.isEmpty;

  const { gte = -Infinity, lte = Infinity } = filter;
  return (_, payload) => {
    const value = payload[field] as number | null;
    return value !== null && value >= gte && value <= lte;
  };
}

function conjuncts(filter: Filter): readonly Filter[] {
  return 'and' in filter ? filter.and.flatMap(conjuncts) : [filter];
}
