import type { ErrorCode } from './errors.js';

/** Why something that was asked for was not done. */
export interface Refusal {
  readonly code: ErrorCode;
  readonly message: string;
  /** The asset that it is about. */
  readonly assetId?: string;
}
