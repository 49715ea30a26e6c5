import { AfterimageError } from './errors.js';

const UNREACHABLE = new Set(['DatabaseNotReachable', 'ConnectionClosed', 'SocketTimeout', 'TooManyConnections']);
// How pg begins to say it, without a code: of a connection that ended, that did not become free, and that was not made.
const MESSAGES = /^(?:Connection terminated|timeout exceeded when trying to connect|timeout expired)/;
// Prisma's own codes for a connection, a pool and a transaction that did not come or did not last; and the system's.
const CODES = /^(?:P10\d\d|P2024|P2028|ECONN\w+|EPIPE|ETIMEDOUT)$/;

interface PrismaError {
  readonly code?: string;
  readonly message?: string;
  readonly meta?: { readonly driverAdapterError?: { readonly cause?: { kind?: string; severity?: string } } };
}

/**
 * What an error of a query means where it says no more than that the database was away: DATABASE_FAILED, which may be
 * tried again. Any other error is returned as it is.
 */
export function withOutage(error: unknown): unknown {
  if (error instanceof AfterimageError || !isOutage((error ?? {}) as PrismaError)) return error;
  return new AfterimageError('DATABASE_FAILED', 'the database does not answer', { cause: error });
}

function isOutage({ code, message, meta }: PrismaError): boolean {
  const cause = meta?.driverAdapterError?.cause;
  // After a fatal error the server has closed the connection, as when it is stopped.
  if (cause) return cause.severity === 'FATAL' || UNREACHABLE.has(cause.kind ?? '');
  return CODES.test(code ?? '') || MESSAGES.test(message ?? '');
}
