import cors from '@fastify/cors';
import Fastify, { type FastifyBaseLogger, type FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import type { HttpDependencies } from './dependencies.js';
import { registerFiles } from './files.js';
import { registerGraphQL } from './graphql.js';
import { formatError } from './graphql-errors.js';
import { registerHealth } from './health.js';
import { registerPlayground } from './playground.js';
import { registerSubscriptions } from './subscriptions.js';
import { AfterimageError } from '../errors.js';

const CLOSE_GRACE_MS = 3_000;

/** Everything that is served over HTTP; not listening yet. */
export async function createHttpServer(dependencies: HttpDependencies): Promise<FastifyInstance> {
  const { config, log } = dependencies;
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
  if (config.corsOrigins.length > 0)
    await server.register(cors, {
      origin: [...config.corsOrigins],
      allowedHeaders: ['Authorization', 'Content-Type', 'Apollo-Require-Preflight'],
    });
  // A client that stalls in the middle of a request would hold up the end for as long as it likes.
  server.addHook('preClose', () => void setTimeout(() => server.server.closeAllConnections(), CLOSE_GRACE_MS).unref());
  await registerGraphQL(server, dependencies);
  registerSubscriptions(server, dependencies);
  registerFiles(server, dependencies);
  registerHealth(server, dependencies.probes);
  await registerPlayground(server, config);
  return server;
}

/** One shape for every error outside GraphQL's own: that of a GraphQL response. */
function toErrorResponse(error: unknown, log: Logger): { status: number; body: object } {
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
