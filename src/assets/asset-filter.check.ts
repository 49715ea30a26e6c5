import { CONDITION_NAMES, givenConditions } from './asset-filter.conditions.js';
import type { AssetFilter } from './asset-filter.js';
import { check } from './asset-filter.rules.js';

// Each level is two of the vector store's filter, which has an end too.
const MAX_DEPTH = 6;
const MAX_FILTERS = 64;
/** Postgres plans so many joins in 0.2 s, and 200 in 7 s. */
const MAX_JOINS = 40;
const KNOWN = [...CONDITION_NAMES, 'and', 'or', 'not', 'isTrashed'];
const FEW_JOINS = `at most ${MAX_JOINS} conditions on labels and collections in the whole filter`;

/**
 * @throws INVALID_FILTER for what no asset could ever meet by mistake (a range turned round), what would be too much, what
 *   this version does not know, and isTrashed anywhere but at the top; its message names the part, such as "filter.or[1].not.width"
 */
export function checkFilter(filter: AssetFilter): void {
  let count = 0;
  let joins = 0;
  const visit = (part: AssetFilter, path: string, depth: number): void => {
    count++;
    check(depth <= MAX_DEPTH, `at most ${MAX_DEPTH} levels of and, or and not`, path, 'more');
    check(count <= MAX_FILTERS, `at most ${MAX_FILTERS} filters in each other`, path, 'more');
    checkKnown(part, KNOWN, path);
    check(depth === 0 || part.isTrashed == null, 'it at the top only', `${path}.isTrashed`, part.isTrashed);
    for (const { name, given, value, condition } of givenConditions(part)) {
      const { fields } = condition;
      if (fields) for (const each of [given].flat()) checkKnown(each as object, fields, `${path}.${name}`);
      condition.check?.(given, `${path}.${name}`);
      joins += condition.joins?.(value) ?? 0;
      check(joins <= MAX_JOINS, FEW_JOINS, `${path}.${name}`, 'more');
    }
    part.and?.forEach((each, index) => visit(each, `${path}.and[${index}]`, depth + 1));
    part.or?.forEach((each, index) => visit(each, `${path}.or[${index}]`, depth + 1));
    if (part.not) visit(part.not, `${path}.not`, depth + 1);
  };
  visit(filter, 'filter', 0);
}

/** What is of a version to come, in an archive of its: passed over, the filter would be met by what it is to leave out. */
function checkKnown(part: object, known: readonly string[], path: string): void {
  for (const name of Object.keys(part)) check(known.includes(name), 'conditions of this version', path, name);
}
