import { withStores, type OpenStores } from '#dist/cli/with-stores.js';
import { parseConfig } from '#dist/config.js';
import type { Environment } from './afterimage-process.js';

/** Opens the stores of an installation in this process; an embedded one must have no other. */
export async function inStores<T>(environment: Environment, use: (stores: OpenStores) => Promise<T>): Promise<T> {
  let result: T;
  await withStores(parseConfig(environment), async (stores) => void (result = await use(stores)));
  return result!;
}
