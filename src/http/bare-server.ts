import Fastify, { type FastifyBaseLogger, type FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { formatError } from './graphql-errors.js';
import { AfterimageError } from '../errors.js';
import { withOutage } from '../outages.js';

const CLOSE_GRACE_MS = 3_000;

/** A server without anything to serve. It says what went wrong in one shape, and ends in time. */
export function createBareServer(log: Logger): FastifyInstance {
  const server = Fastify({
    loggerInstance: log as FastifyBaseLogger,
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: 200 },
  });
  server.setErrorHandler((error, _request, reply) => {
    const { status, body } = toErrorResponse(error, log);
    return reply.code(status).send(body);
  });
  server.setNotFoundHandler((request, reply) =>
    reply
      .code(404)
      .send({ errors: [{ message: `nothing is at ${request.url}`, extensions: { code: 'FILE_NOT_FOUND' } }] }),
  );
  // A client that stalls in the middle of a request would hold up the end for as long as it likes.
  server.addHook('preClose', () => void setTimeout(() => server.server.closeAllConnections(), CLOSE_GRACE_MS).unref());
  return server;
}

/** One shape for every error outside GraphQL's own: that of a GraphQL response. */
function toErrorResponse(thrown: unknown, log: Logger): { status: number; body: object } {
  const error = withOutage(thrown);
  if (error instanceof AfterimageError)
    return { status: error.httpStatus, body: { errors: [formatError(error, log)] } };
  const { statusCode, message } = error as { statusCode?: number; message: string };
  if (statusCode !== undefined && statusCode < 500)
    return {
      status: statusCode,
      body: { errors: [{ message, extensions: { code: 'GRAPHQL_INVALID', isRetryable: false } }] },
    };
  return { status: 500, body: { errors: [formatError(error, log)] } };
}
