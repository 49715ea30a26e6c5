import type { AssetFilter } from './asset-filter.js';
import type { Prisma } from '../database/database.js';

const ISO_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** As JSON, without what is not given. */
export function toStoredJson(given: object): Prisma.InputJsonObject {
  return JSON.parse(JSON.stringify(given, (_, value: unknown) => value ?? undefined)) as Prisma.InputJsonObject;
}

/** JSON has no times: those of a filter are the ends of its ranges, which are never texts. */
export function filterOf(json: unknown): AssetFilter {
  return withTimes(json) as AssetFilter;
}

function withTimes(value: unknown, key = ''): unknown {
  if (typeof value === 'string')
    return (key === 'min' || key === 'max') && ISO_TIME.test(value) ? new Date(value) : value;
  if (Array.isArray(value)) return value.map((item) => withTimes(item));
  if (value === null || typeof value !== 'object') return value;
  // As classifications that are still under way may have it from a version before.
  if ('$date' in value) return withTimes(value.$date, key);
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, withTimes(inner, name)]));
}
