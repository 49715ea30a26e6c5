import type { Logger } from 'pino';
import type { BulkOutcome } from './assets.service.js';
import type { Asset } from '../database/generated/client.js';
import { AfterimageError } from '../errors.js';
import { withOutage } from '../outages.js';
import type { Refusal } from '../refusal.js';

/**
 * Changes assets a portion at a time, each portion whole. What goes wrong after the first one does not hide what was done by
 * then: it is why the rest is not done.
 */
export async function changeInPortions(
  portions: readonly (readonly string[])[],
  log: Logger,
  change: (ids: readonly string[]) => Promise<BulkOutcome>,
): Promise<Required<Pick<BulkOutcome, 'assets' | 'refusals'>>> {
  const assets: Asset[] = [];
  const refusals: Refusal[] = [];
  for (const [index, portion] of portions.entries()) {
    try {
      const outcome = await change(portion);
      assets.push(...outcome.assets);
      refusals.push(...(outcome.refusals ?? []));
    } catch (thrown) {
      if (index === 0) throw thrown;
      const error = withOutage(thrown);
      log.error({ err: error }, 'a change of many assets failed under way');
      const isKnown = error instanceof AfterimageError;
      const { code, message } = isKnown ? error : { code: 'INTERNAL' as const, message: 'an unexpected fault' };
      refusals.push(...portions.slice(index).flatMap((left) => left.map((assetId) => ({ code, message, assetId }))));
      break;
    }
  }
  return { assets, refusals };
}
