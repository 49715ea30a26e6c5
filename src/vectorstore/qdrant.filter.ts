import type { Schemas } from '@qdrant/js-client-rest';
import { isId } from './point-rules.js';
import type { Filter } from './vectorstore.js';

type Condition = Schemas['Condition'];

/**
 * A filter as Qdrant's own, or whether it matches everything (true) or nothing (false): those two are never sent, since
 * nothing says what the server makes of an empty list.
 *
 * A null value meets no `match` and no `range` there, and `must_not` turns around what was met: that is what the
 * interface asks for.
 *
 * @param filter one that `assertFilter` let pass: its field names and types are trusted here
 */
export function toQdrant(filter: Filter): Schemas['Filter'] | boolean {
  const condition = toCondition(filter);
  return typeof condition === 'boolean' ? condition : { must: [condition] };
}

/** Matches the points of these ids. */
export function hasId(ids: readonly string[]): Condition {
  return { has_id: [...ids] };
}

function toCondition(filter: Filter): Condition | boolean {
  if ('and' in filter) return all(filter.and.map(toCondition));
  if ('or' in filter) return any(filter.or.map(toCondition));
  if ('not' in filter) return not(toCondition(filter.not));
  if ('ids' in filter) {
    // Qdrant refuses an id that is not one; here it only matches nothing.
    const ids = filter.ids.filter(isId);
    return ids.length > 0 && hasId(ids);
  }

  const key = filter.field;
  if ('in' in filter) {
    const strings = filter.in.filter((value) => typeof value === 'string');
    if (strings.length > 0) return { key, match: { any: strings } };
    return any(filter.in.map((value) => equals(key, value)));
  }
  if ('hasAny' in filter) return filter.hasAny.length > 0 && { key, match: { any: [...filter.hasAny] } };
  if ('hasAll' in filter) return all(filter.hasAll.map((value) => equals(key, value)));
  const isEmpty = { is_empty: { key } };
  if ('isEmpty' in filter) return filter.isEmpty ? isEmpty : not(isEmpty);
  const { gte, lte } = filter;
  if (gte === undefined && lte === undefined) return not(isEmpty);
  return { key, range: { ...(gte !== undefined && { gte }), ...(lte !== undefined && { lte }) } };
}

/** `match` takes no fractions: a number is a range from itself to itself. */
function equals(key: string, value: string | number | boolean): Condition {
  return typeof value === 'number' ? { key, range: { gte: value, lte: value } } : { key, match: { value } };
}

function all(parts: readonly (Condition | boolean)[]): Condition | boolean {
  if (parts.includes(false)) return false;
  const conditions = parts.filter((part) => typeof part !== 'boolean');
  if (conditions.length <= 1) return conditions[0] ?? true;
  return { must: conditions };
}

function any(parts: readonly (Condition | boolean)[]): Condition | boolean {
  if (parts.includes(true)) return true;
  const conditions = parts.filter((part) => typeof part !== 'boolean');
  if (conditions.length <= 1) return conditions[0] ?? false;
  return { should: conditions };
}

function not(part: Condition | boolean): Condition | boolean {
  return typeof part === 'boolean' ? !part : { must_not: [part] };
}
