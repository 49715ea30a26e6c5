/**
 * Every error code of Afterimage, in one place. A code is part of the public contract: clients switch on it
 * (`errors[].extensions.code` in GraphQL, `code` in JSON bodies), so a code is never renamed or reused.
 *
 * `isRetryable` says whether the very same request may succeed later without the caller changing it.
 */
export const ERROR_CODES = {
  // The caller's input
  GRAPHQL_INVALID: { httpStatus: 400, isRetryable: false },
  QUERY_TOO_LARGE: { httpStatus: 400, isRetryable: false },
  INVALID_ARGUMENT: { httpStatus: 400, isRetryable: false },
  INVALID_CURSOR: { httpStatus: 400, isRetryable: false },
  INVALID_FILTER: { httpStatus: 400, isRetryable: false },
  // Who may do what
  UNAUTHENTICATED: { httpStatus: 401, isRetryable: false },
  FORBIDDEN: { httpStatus: 403, isRetryable: false },
  // What is there
  ASSET_NOT_FOUND: { httpStatus: 404, isRetryable: false },
  ASSET_NOT_READY: { httpStatus: 409, isRetryable: true },
  ASSET_FAILED: { httpStatus: 409, isRetryable: false },
  COLLECTION_NOT_FOUND: { httpStatus: 404, isRetryable: false },
  COLLECTION_IS_SMART: { httpStatus: 409, isRetryable: false },
  SAVED_SEARCH_NOT_FOUND: { httpStatus: 404, isRetryable: false },
  TOO_MANY_TAGS: { httpStatus: 409, isRetryable: false },
  NAME_TAKEN: { httpStatus: 409, isRetryable: false },
  FILE_NOT_FOUND: { httpStatus: 404, isRetryable: false },
  // Files offered to the library
  UPLOAD_EMPTY: { httpStatus: 400, isRetryable: false },
  UPLOAD_UNSUPPORTED_TYPE: { httpStatus: 415, isRetryable: false },
  UPLOAD_TOO_MANY_BYTES: { httpStatus: 413, isRetryable: false },
  UPLOAD_TOO_MANY_PIXELS: { httpStatus: 413, isRetryable: false },
  UPLOAD_DAMAGED: { httpStatus: 400, isRetryable: false },
  UPLOAD_INTERRUPTED: { httpStatus: 400, isRetryable: true },
  // Files that the library had
  ORIGINAL_MISSING: { httpStatus: 500, isRetryable: false },
  ORIGINAL_DAMAGED: { httpStatus: 500, isRetryable: false },
  // Archives of libraries
  ARCHIVE_INVALID: { httpStatus: 500, isRetryable: false },
  ARCHIVE_DAMAGED: { httpStatus: 500, isRetryable: false },
  // Models and inference
  MODEL_NOT_FOUND: { httpStatus: 500, isRetryable: false },
  MODEL_INVALID: { httpStatus: 500, isRetryable: false },
  MODEL_DAMAGED: { httpStatus: 500, isRetryable: false },
  MODEL_UNKNOWN: { httpStatus: 404, isRetryable: false },
  MODEL_INCOMPLETE: { httpStatus: 409, isRetryable: true },
  MODEL_IN_USE: { httpStatus: 409, isRetryable: false },
  MODEL_CHANGE_UNDER_WAY: { httpStatus: 409, isRetryable: true },
  MODEL_MISMATCH: { httpStatus: 500, isRetryable: false },
  MODEL_EXISTS: { httpStatus: 409, isRetryable: false },
  MODEL_DOWNLOAD_FAILED: { httpStatus: 502, isRetryable: true },
  TENSOR_INVALID: { httpStatus: 500, isRetryable: false },
  INFERENCE_FAILED: { httpStatus: 500, isRetryable: true },
  // Work behind the scenes
  BACKLOG_FULL: { httpStatus: 503, isRetryable: true },
  JOB_NOT_FOUND: { httpStatus: 404, isRetryable: false },
  WORKER_DIED: { httpStatus: 500, isRetryable: false },
  // Telling other programs
  WEBHOOK_NOT_FOUND: { httpStatus: 404, isRetryable: false },
  WEBHOOK_DISABLED: { httpStatus: 409, isRetryable: false },
  WEBHOOK_DELIVERY_NOT_FOUND: { httpStatus: 404, isRetryable: false },
  // Labels
  LABEL_SET_NOT_FOUND: { httpStatus: 404, isRetryable: false },
  LABEL_SET_EXISTS: { httpStatus: 409, isRetryable: false },
  LABEL_SET_EMPTY: { httpStatus: 409, isRetryable: false },
  LABEL_SET_NOT_EXCLUSIVE: { httpStatus: 409, isRetryable: false },
  LABEL_SET_INVALID: { httpStatus: 400, isRetryable: false },
  LABEL_NOT_FOUND: { httpStatus: 404, isRetryable: false },
  LABEL_EXISTS: { httpStatus: 409, isRetryable: false },
  LABEL_TOO_MANY_SYNONYMS: { httpStatus: 409, isRetryable: false },
  LABEL_BATCH_NOT_FOUND: { httpStatus: 404, isRetryable: false },
  LABEL_DECISIONS_MISSING: { httpStatus: 409, isRetryable: false },
  LABEL_HEAD_NOT_FOUND: { httpStatus: 404, isRetryable: false },
  CLASSIFICATION_NOT_FOUND: { httpStatus: 404, isRetryable: false },
  // Stores
  BLOB_NOT_FOUND: { httpStatus: 404, isRetryable: false },
  BLOB_STORE_FAILED: { httpStatus: 503, isRetryable: true },
  VECTOR_COLLECTION_MISMATCH: { httpStatus: 500, isRetryable: false },
  POINT_NOT_FOUND: { httpStatus: 404, isRetryable: false },
  VECTOR_STORE_FAILED: { httpStatus: 503, isRetryable: true },
  DATABASE_FAILED: { httpStatus: 503, isRetryable: true },
  DATABASE_UNUSABLE: { httpStatus: 500, isRetryable: false },
  MIGRATION_FAILED: { httpStatus: 500, isRetryable: false },
  // Starting, serving and stopping
  CONFIG_INVALID: { httpStatus: 500, isRetryable: false },
  DATA_DIR_UNUSABLE: { httpStatus: 500, isRetryable: false },
  DATA_DIR_MISMATCH: { httpStatus: 500, isRetryable: false },
  DATA_DIR_IN_USE: { httpStatus: 500, isRetryable: false },
  ADDRESS_UNAVAILABLE: { httpStatus: 500, isRetryable: false },
  KEYS_REQUIRED: { httpStatus: 500, isRetryable: false },
  REQUEST_ABANDONED: { httpStatus: 499, isRetryable: true },
  SERVER_BUSY: { httpStatus: 503, isRetryable: true },
  SHUTTING_DOWN: { httpStatus: 503, isRetryable: true },
  INTERNAL: { httpStatus: 500, isRetryable: false },
} as const satisfies Record<string, { httpStatus: number; isRetryable: boolean }>;

export type ErrorCode = keyof typeof ERROR_CODES;

/**
 * The one error class that Afterimage throws on purpose. Its message is safe to show to a client and follows one
 * grammar: expected X for name, received Y. It never holds a picture's bytes, a tensor's data or a secret.
 */
export class AfterimageError extends Error {
  override readonly name = 'AfterimageError';

  constructor(
    readonly code: ErrorCode,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }

  get isRetryable(): boolean {
    return ERROR_CODES[this.code].isRetryable;
  }

  get httpStatus(): number {
    return ERROR_CODES[this.code].httpStatus;
  }
}

/** Builds the message that all argument errors share: expected `expected` for `name`, received `received`. */
export function expected(what: string, name: string, received: unknown): string {
  return `expected ${what} for ${name}, received ${describe(received)}`;
}

function describe(value: unknown): string {
  if (typeof value === 'string')
    return value.length > 80 ? `a string of ${value.length} characters` : JSON.stringify(value);
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (value === null || value === undefined || typeof value === 'number' || typeof value === 'boolean')
    return String(value);
  return typeof value;
}
