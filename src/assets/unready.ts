import type { AssetState } from '../database/generated/enums.js';
import type { ErrorCode } from '../errors.js';

/** Why an asset cannot be told by what it shows: not yet, or not before somebody has a FAILED one tried again. */
export function unreadyCode(state: AssetState): ErrorCode {
  return state === 'FAILED' ? 'ASSET_FAILED' : 'ASSET_NOT_READY';
}
