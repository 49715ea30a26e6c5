import { RATINGS } from './asset-fields.js';
import type { AssetFilter } from './asset-filter.js';
import type { Prisma } from '../database/database.js';

const ISO_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** As JSON, without what is not given. */
export function toStoredJson(given: object): Prisma.InputJsonObject {
  return JSON.parse(JSON.stringify(given, (_, value: unknown) => value ?? undefined)) as Prisma.InputJsonObject;
}

/**
 * JSON has no times: those of a filter are the ends of its ranges, which are never texts. What a version before took and
 * this one refuses is written as what it meant.
 */
export function filterOf(json: unknown): AssetFilter {
  return revived(json) as AssetFilter;
}

function revived(value: unknown, key = ''): unknown {
  if (typeof value === 'string')
    return (key === 'min' || key === 'max') && ISO_TIME.test(value) ? new Date(value) : value;
  if (Array.isArray(value)) return value.map((item) => revived(item));
  if (value === null || typeof value !== 'object') return value;
  // As classifications that are still under way may have it from a version before.
  if ('$date' in value) return revived(value.$date, key);
  const part = Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, revived(inner, name)]));
  return 'rating' in part ? withRatings(part) : part;
}

/** Bounds beyond the ratings that there are. */
function withRatings({ rating, ...rest }: AssetFilter): AssetFilter {
  const { min, max } = rating ?? {};
  // Of none, none is met.
  if ((min ?? RATINGS.min) > RATINGS.max || (max ?? RATINGS.max) < RATINGS.min) return { ...rest, or: [] };
  const bounds = {
    min: min == null ? min : Math.max(min, RATINGS.min),
    max: max == null ? max : Math.min(max, RATINGS.max),
  };
  return { ...rest, rating: bounds };
}
