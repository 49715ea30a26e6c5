import { AfterimageError, type ErrorCode } from './errors.js';

const UNREACHABLE = new Set(['DatabaseNotReachable', 'ConnectionClosed', 'SocketTimeout', 'TooManyConnections']);
// How pg begins to say it, without a code: of a connection that ended, that did not become free, and that was not made.
const MESSAGES = /^(?:Connection terminated|timeout exceeded when trying to connect|timeout expired)/;
// Prisma's own codes for a connection, a pool and a transaction that did not come or did not last; and the system's.
const CODES = /^(?:P10\d\d|P2024|P2028|ECONN\w+|EPIPE|ETIMEDOUT)$/;
const SLOW_TRANSACTION = 'P2028';
// What the stores' own clients say besides of a connection.
const NETWORK_CODES = /^(?:E\w+UNREACH|ENOTFOUND|EAI_AGAIN|UND_ERR_\w+)$/;
const TIMEOUTS = /^(?:QdrantClient)?TimeoutError$/;

/** The parts of an installation, by the errors that say no more than that one is away. */
const PARTS: Partial<Record<ErrorCode, string>> = {
  DATABASE_FAILED: 'database',
  VECTOR_STORE_FAILED: 'vectors',
  BLOB_STORE_FAILED: 'files',
};

interface PrismaError {
  readonly name?: string;
  readonly code?: string;
  readonly message?: string;
  readonly severity?: string;
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

/** The part that is away, where an error says no more than that. */
export function awayPart(error: unknown): string | undefined {
  return error instanceof AfterimageError ? PARTS[error.code] : undefined;
}

/** Whether an error, or one behind it, is of a connection that was refused or lost, or of an answer that did not come. */
export function isUnreachable(error: unknown): boolean {
  return chainOf(error).some((each) => {
    const { name, code = '' } = each as PrismaError;
    if (NETWORK_CODES.test(code) || TIMEOUTS.test(name ?? '')) return true;
    return code !== SLOW_TRANSACTION && isOutage(each as PrismaError);
  });
}

/** The first of the errors behind an error, or itself where there is none. */
export function rootOf(error: Error): Error {
  return chainOf(error).at(-1)!;
}

/** What an error says and what those behind it say besides, in one line. For who runs the server, not for clients. */
export function causeOf(error: unknown): string {
  const texts: string[] = [];
  for (const each of chainOf(error)) {
    // Prisma shows the call first. A host with several addresses, none of which answers, has no message.
    const text = each.message.trim().split('\n').at(-1) || (each as PrismaError).code;
    if (text && !texts.some((known) => known.includes(text))) texts.push(text);
  }
  return texts.join(': ');
}

function chainOf(error: unknown): Error[] {
  const chain: Error[] = [];
  for (let at = error; at instanceof Error; at = at.cause) chain.push(at);
  return chain;
}

function isOutage({ code, message, severity, meta }: PrismaError): boolean {
  const cause = meta?.driverAdapterError?.cause;
  // After a fatal error the server has closed the connection, as when it is stopped.
  if ((cause?.severity ?? severity) === 'FATAL') return true;
  if (cause) return UNREACHABLE.has(cause.kind ?? '');
  return CODES.test(code ?? '') || MESSAGES.test(message ?? '');
}
