import { randomUUID } from 'node:crypto';
import { GraphQLError, isValueNode, Kind, type ExecutionResult, type GraphQLFormattedError } from 'graphql';
import type { Logger } from 'pino';
import { AfterimageError, type ErrorCode } from '../errors.js';
import { awayPart, withOutage } from '../outages.js';

/** Apollo's codes for what is the caller's mistake, and ours. */
const CALLERS_MISTAKES: Readonly<Record<string, ErrorCode>> = {
  GRAPHQL_PARSE_FAILED: 'GRAPHQL_INVALID',
  GRAPHQL_VALIDATION_FAILED: 'GRAPHQL_INVALID',
  OPERATION_RESOLUTION_FAILURE: 'GRAPHQL_INVALID',
  BAD_REQUEST: 'GRAPHQL_INVALID',
  PERSISTED_QUERY_NOT_SUPPORTED: 'GRAPHQL_INVALID',
  BAD_USER_INPUT: 'INVALID_ARGUMENT',
};

/**
 * What clients are told of an error: ours as it is, GraphQL's own under our codes, and of anything else no more than the
 * id under which it is logged.
 */
export function formatError(error: unknown, log: Logger, formatted?: GraphQLFormattedError): GraphQLFormattedError {
  const { locations, path } = error instanceof GraphQLError ? error.toJSON() : (formatted ?? {});
  const place = { ...(locations && { locations }), ...(path && { path }) };
  const known = knownError(error);
  if (known) {
    const { code, message, isRetryable } = known;
    if (awayPart(known)) log.warn({ err: known }, 'a request failed');
    return { message, ...place, extensions: { code, isRetryable } };
  }
  const code = isAboutValue(error)
    ? 'INVALID_ARGUMENT'
    : (CALLERS_MISTAKES[String(formatted?.extensions?.['code'])] ?? (isAboutDocument(error) && 'GRAPHQL_INVALID'));
  if (code) {
    const message = formatted?.message ?? (error as Error).message;
    return { message, ...place, extensions: { code, isRetryable: false } };
  }
  const errorId = randomUUID();
  log.error({ err: error instanceof GraphQLError ? (error.originalError ?? error) : error, errorId }, 'a fault');
  const message = `an unexpected fault; it is logged as ${errorId}`;
  return { message, ...place, extensions: { code: 'INTERNAL', isRetryable: false, errorId } };
}

/** The same for what comes of an operation, whole or in pieces. */
export function formatResult({ errors, ...result }: ExecutionResult, log: Logger) {
  return { ...result, ...(errors && { errors: errors.map((error) => formatError(error, log)) }) };
}

/** What GraphQL's libraries take; Apollo answers with its status. */
export function toGraphQLError(thrown: unknown): GraphQLError {
  if (thrown instanceof GraphQLError) return thrown;
  const originalError = thrown as Error;
  const extensions = originalError instanceof AfterimageError ? { http: { status: originalError.httpStatus } } : {};
  return new GraphQLError(originalError.message, { originalError, extensions });
}

function knownError(error: unknown): AfterimageError | undefined {
  let cause: unknown = error;
  while (cause instanceof GraphQLError) cause = cause.originalError;
  const meant = withOutage(cause);
  return meant instanceof AfterimageError ? meant : undefined;
}

/** GraphQL's own errors about a document or its variables have no other error behind them. */
function isAboutDocument(error: unknown): boolean {
  return error instanceof GraphQLError && !error.originalError && error.extensions['code'] === undefined;
}

/** Whether a value is written into a document that would be an invalid argument as a variable. */
function isAboutValue(error: unknown): boolean {
  const node = error instanceof GraphQLError ? error.nodes?.[0] : undefined;
  if (!node || node.kind === Kind.VARIABLE) return false;
  return isValueNode(node) || node.kind === Kind.OBJECT_FIELD;
}
