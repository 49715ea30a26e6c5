import type { Socket } from 'node:net';
import Fastify, { type FastifyBaseLogger, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { accepts } from './accepts.js';
import { formatError } from './graphql-errors.js';
import { answerNotFound } from './not-found.js';
import { UpgradableRequest } from './upgradable-request.js';
import type { Config } from '../config.js';
import { AfterimageError } from '../errors.js';
import { withOutage } from '../outages.js';

/** Of the time in which a process ends: what a request that goes on has of it, and what one that stalls. */
const REQUEST_SHARE = 1 / 2;
const STALL_SHARE = 1 / 5;

/** For how long a client may send and take nothing in the middle of a request. Event streams and sockets say something sooner. */
const SILENCE_MS = 3 * 60 * 1_000;

/** Of what may be tried again: about as long as a database or a server takes to start. */
const RETRY_AFTER_SECONDS = 5;

/** What is said of a file, such as that it may be kept for a year, is not so of the error that comes in its place. */
const FILE_HEADERS = ['accept-ranges', 'cache-control', 'content-disposition', 'content-range', 'etag'];

/** Fastify's, which does not say how large a body may be. */
const BODY_TOO_LARGE = 'FST_ERR_CTP_BODY_TOO_LARGE';

const JSON_TYPE = 'application/json';
/** With this type clients read errors whatever the status is; JSON they may take for that of a proxy. */
const GRAPHQL_TYPE = 'application/graphql-response+json';

/** A server without anything to serve. It says what went wrong in one shape, waits for nobody for ever, and ends in time. */
export function createBareServer(
  { stopTimeoutMs }: Config,
  log: Logger,
  { silenceMs = SILENCE_MS }: { silenceMs?: number } = {},
): FastifyInstance {
  const server = Fastify({
    loggerInstance: log as FastifyBaseLogger,
    http: { IncomingMessage: UpgradableRequest },
    forceCloseConnections: 'idle',
    // What comes over a connection that is kept is answered, and the connection closed after it.
    return503OnClosing: false,
    connectionTimeout: silenceMs,
    routerOptions: { maxParamLength: 200 },
    // Of an address that no route can be looked up for.
    frameworkErrors: sendError,
  });
  server.setErrorHandler(sendError);
  answerNotFound(server);
  server.addHook('onRequest', async ({ raw }, reply) => {
    reply.raw.on('timeout', (socket: Socket) => {
      // Who has sent everything and waits is not the one who is silent.
      if (!raw.complete || reply.raw.headersSent) socket.destroy();
    });
  });
  endConnections(server, stopTimeoutMs);
  return server;

  function sendError(error: unknown, request: FastifyRequest, reply: FastifyReply) {
    const { status, body } = toErrorResponse(error, request, log);
    const type = accepts(request.headers.accept, GRAPHQL_TYPE) ? GRAPHQL_TYPE : JSON_TYPE;
    for (const name of FILE_HEADERS) {
      reply.removeHeader(name);
      // Where a file fails before its first byte they have been handed on.
      reply.raw.removeHeader(name);
    }
    if (status === 503) reply.header('retry-after', RETRY_AFTER_SECONDS);
    // As text: in the place of a stream, Fastify takes no object.
    return reply.code(status).type(`${type}; charset=utf-8`).send(JSON.stringify(body));
  }
}

/** A client that stalls in the middle of a request would hold up the end for as long as it likes. */
function endConnections(fastify: FastifyInstance, stopTimeoutMs: number): void {
  const { server } = fastify;
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  fastify.addHook('preClose', async () => {
    for (const socket of sockets) socket.setTimeout(stopTimeoutMs * STALL_SHARE, () => socket.destroy());
    setTimeout(() => server.closeAllConnections(), stopTimeoutMs * REQUEST_SHARE).unref();
  });
}

/** One shape for every error outside GraphQL's own: that of a GraphQL response. */
function toErrorResponse(thrown: unknown, request: FastifyRequest, log: Logger): { status: number; body: object } {
  const error = withOutage(thrown);
  if (error instanceof AfterimageError)
    return { status: error.httpStatus, body: { errors: [formatError(error, log)] } };
  const { code, statusCode, message: own } = error as { code?: string; statusCode?: number; message: string };
  if (statusCode !== undefined && statusCode < 500) {
    const message = code === BODY_TOO_LARGE ? bodyTooLarge(request) : own;
    return {
      status: statusCode,
      body: { errors: [{ message, extensions: { code: 'GRAPHQL_INVALID', isRetryable: false } }] },
    };
  }
  return { status: 500, body: { errors: [formatError(error, log)] } };
}

function bodyTooLarge({ headers, routeOptions }: FastifyRequest): string {
  const received = headers['content-length'] ?? 'more';
  return `expected at most ${routeOptions.bodyLimit} bytes for the body, received ${received}`;
}
