import type { Filter } from './vectorstore.js';

/**
 * A filter as a LanceDB condition that is never null: `not` is pushed down to the fields, where a null value is named,
 * because SQL's own NOT would leave out the rows whose field is null.
 *
 * @param filter one that `assertFilter` let pass: its field names and types are trusted here
 */
export function toSql(filter: Filter, isNegated = false): string {
  if ('and' in filter) return combine(filter.and, isNegated ? 'OR' : 'AND', isNegated);
  if ('or' in filter) return combine(filter.or, isNegated ? 'AND' : 'OR', isNegated);
  if ('not' in filter) return toSql(filter.not, !isNegated);
  if ('ids' in filter) return filter.ids.length === 0 ? String(isNegated) : idsToSql(filter.ids, isNegated);

  const column = `\`${filter.field}\``;
  if ('in' in filter) {
    if (filter.in.length === 0) return String(isNegated);
    const list = filter.in.map(literal).join(',');
    return isNegated ? `(${column} IS NULL OR ${column} NOT IN (${list}))` : `${column} IN (${list})`;
  }
  if ('hasAny' in filter)
    return filter.hasAny.length === 0 ? String(isNegated) : has('any', column, filter.hasAny, isNegated);
  if ('hasAll' in filter)
    return filter.hasAll.length === 0 ? String(!isNegated) : has('all', column, filter.hasAll, isNegated);
  if ('isEmpty' in filter) return `cardinality(${column}) ${filter.isEmpty === isNegated ? '>' : '='} 0`;

  const ends = [];
  if (filter.gte !== undefined) ends.push(`${column} ${isNegated ? '<' : '>='} ${filter.gte}`);
  if (filter.lte !== undefined) ends.push(`${column} ${isNegated ? '>' : '<='} ${filter.lte}`);
  if (isNegated) return `(${[`${column} IS NULL`, ...ends].join(' OR ')})`;
  return ends.length === 0 ? `${column} IS NOT NULL` : `(${ends.join(' AND ')})`;
}

/** Matches the points of these ids, of which there is at least one. */
export function idsToSql(ids: readonly string[], isNegated = false): string {
  return `id ${isNegated ? 'NOT IN' : 'IN'} (${ids.map(literal).join(',')})`;
}

/** A string, a number, or a boolean as the 1 or 0 that its column holds. */
export function literal(value: string | number | boolean): string {
  return typeof value === 'string' ? `'${value.replaceAll("'", "''")}'` : String(Number(value));
}

function has(which: 'any' | 'all', column: string, values: readonly string[], isNegated: boolean): string {
  return `${isNegated ? 'NOT ' : ''}array_has_${which}(${column}, [${values.map(literal).join(',')}])`;
}

function combine(filters: readonly Filter[], operator: 'AND' | 'OR', isNegated: boolean): string {
  if (filters.length === 0) return String(operator === 'AND');
  return balanced(
    filters.map((filter) => toSql(filter, isNegated)),
    operator,
  );
}

/** A chain of a thousand operators is a tree a thousand deep, on which the planner overflows its stack; this is ten. */
function balanced(conditions: readonly string[], operator: string): string {
  if (conditions.length === 1) return conditions[0]!;
  const middle = conditions.length >> 1;
  const [left, right] = [conditions.slice(0, middle), conditions.slice(middle)];
  return `(${balanced(left, operator)} ${operator} ${balanced(right, operator)})`;
}
