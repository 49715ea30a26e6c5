import { givenConditions } from './asset-filter.conditions.js';
import type { AssetFilter } from './asset-filter.js';

/** @throws INVALID_FILTER for what no asset could ever meet by mistake: a range turned round, a list too long */
export function checkFilter(filter: AssetFilter): void {
  for (const { name, value, condition } of givenConditions(filter)) condition.check(value, `filter.${name}`);
}
