import { AfterimageError } from '../../errors.js';

export interface DownloadFailure {
  /** What was asked for: a file, a repository. Never an address: it may be signed. */
  readonly what: string;
  readonly received: string;
  readonly cause?: unknown;
}

export function downloadFailed({ what, received, cause }: DownloadFailure): AfterimageError {
  return new AfterimageError('MODEL_DOWNLOAD_FAILED', `expected ${what} from the hub, received ${received}`, { cause });
}

/** Something that may be gone at the next attempt. Never leaves this folder. */
export class PassingFailure extends Error {
  constructor(
    readonly failure: DownloadFailure,
    /** What the hub asks to wait. */
    readonly retryAfterMs?: number,
  ) {
    super(failure.received, { cause: failure.cause });
  }
}
