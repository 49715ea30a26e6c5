import type { ConditionBody, FilterBody } from './bodies.js';
import { Refusal } from './refusal.js';

export interface StoredPoint {
  readonly id: string;
  readonly vector: Float32Array;
  readonly payload: Readonly<Record<string, unknown>>;
}

type Test = (point: StoredPoint) => boolean;
/** Kind of index by field. */
type Indexes = ReadonlyMap<string, string>;

/**
 * What a filter matches. Every field needs an index of the right kind, as on a server in strict mode.
 * @throws Refusal 400 where one is missing
 */
export function toTest({ must, should, must_not }: FilterBody, indexes: Indexes): Test {
  const tests = (parts: ConditionBody[] = []) => parts.map((part) => conditionToTest(part, indexes));
  const [all, some, none] = [tests(must), tests(should), tests(must_not)];
  return (point) =>
    all.every((test) => test(point)) &&
    (some.length === 0 || some.some((test) => test(point))) &&
    !none.some((test) => test(point));
}

function conditionToTest(condition: ConditionBody, indexes: Indexes): Test {
  if ('has_id' in condition) {
    const ids = new Set(condition.has_id);
    return ({ id }) => ids.has(id);
  }
  if ('is_empty' in condition) {
    const { key } = condition.is_empty;
    requireIndex(key, ['keyword', 'float', 'integer', 'bool'], indexes);
    return (point) => valuesOf(point, key).length === 0;
  }
  if (!('key' in condition)) return toTest(condition as FilterBody, indexes);

  const { key, match, range } = condition;
  if (range) {
    requireIndex(key, ['float', 'integer'], indexes);
    const { gte = -Infinity, lte = Infinity } = range;
    return (point) => valuesOf(point, key).some((value) => typeof value === 'number' && value >= gte && value <= lte);
  }
  if (!match) throw new Refusal(400, `Wrong input: Field condition on ${key} must have at least one condition`);
  const values = new Set<unknown>('any' in match ? match.any : [match.value]);
  const [value] = values;
  requireIndex(key, [{ string: 'keyword', boolean: 'bool', number: 'integer' }[typeof value as 'string']], indexes);
  return (point) => valuesOf(point, key).some((stored) => values.has(stored));
}

/** No value for a field that is not there, null or an empty list. */
function valuesOf({ payload }: StoredPoint, key: string): readonly unknown[] {
  const value = payload[key] ?? [];
  return Array.isArray(value) ? value : [value];
}

function requireIndex(key: string, kinds: readonly string[], indexes: Indexes): void {
  if (kinds.includes(indexes.get(key) ?? 'none')) return;
  throw new Refusal(
    400,
    `Bad request: Index required but not found for "${key}" of one of the following types: [${kinds.join(', ')}]. ` +
      'Help: Create an index for this key or use a different filter.',
  );
}
