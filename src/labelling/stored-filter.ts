import type { AssetFilter } from '../assets/asset-filter.js';

const DATE = '$date';

/** A filter as JSON that knows its dates again. */
export function storeFilter(filter: AssetFilter): object {
  return toJson(filter) as object;
}

export function readFilter(json: unknown): AssetFilter {
  return fromJson(json) as AssetFilter;
}

function toJson(value: unknown): unknown {
  if (value instanceof Date) return { [DATE]: value.toISOString() };
  return mapped(value, toJson);
}

function fromJson(value: unknown): unknown {
  if (typeof value === 'object' && value !== null && DATE in value) return new Date(value[DATE] as string);
  return mapped(value, fromJson);
}

function mapped(value: unknown, map: (value: unknown) => unknown): unknown {
  if (Array.isArray(value)) return value.map(map);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, map(each)]));
}
