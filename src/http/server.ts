import cors from '@fastify/cors';
import Fastify, { type FastifyBaseLogger, type FastifyInstance, type FastifyRequest } from 'fastify';
import type { GraphQLSchema } from 'graphql';
import type { Logger } from 'pino';
import { registerFiles } from './files.js';
import { registerGraphQL } from './graphql.js';
import { formatError } from './graphql-errors.js';
import { registerHealth, type Probe } from './health.js';
import { registerPlayground } from './playground.js';
import { registerSubscriptions } from './subscriptions.js';
import type { SignIn } from '../access/sign-in.js';
import type { FileLinks } from '../assets/file-links.js';
import type { BlobStore } from '../blobstore/blobstore.js';
import type { Config } from '../config.js';
import { AfterimageError } from '../errors.js';
import type { LabelsService } from '../labelling/labels.service.js';

export interface HttpDependencies {
  readonly config: Config;
  readonly log: Logger;
  readonly schema: GraphQLSchema;
  readonly signIn: SignIn;
  readonly labels: LabelsService;
  readonly links: FileLinks;
  readonly blobs: BlobStore;
  /** What must answer for the server to be ready, by name. */
  readonly probes: Readonly<Record<string, Probe>>;
}

/** Everything that is served over HTTP; not listening yet. */
export async function createHttpServer(dependencies: HttpDependencies): Promise<FastifyInstance> {
  const { config, log } = dependencies;
  const server = Fastify({
    loggerInstance: log as FastifyBaseLogger,
    disableRequestLogging: true,
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: 200 },
  });
  server.setErrorHandler((error, _request, reply) => {
    const { status, body } = toErrorResponse(error, log);
    return reply.code(status).send(body);
  });
  server.setNotFoundHandler((request, reply) =>
    reply.code(404).send({ errors: [{ message: `nothing is at ${request.url}`, extensions: { code: 'FILE_NOT_FOUND' } }] }),
  );
  if (config.corsOrigins.length > 0)
    await server.register(cors, { origin: [...config.corsOrigins], allowedHeaders: ['Authorization', 'Content-Type', 'Apollo-Require-Preflight'] });
  await registerGraphQL(server, dependencies);
  registerSubscriptions(server, dependencies);
  registerFiles(server, dependencies);
  registerHealth(server, dependencies.probes);
  await registerPlayground(server);
  return server;
}

/** The address of the server as the client of this request reaches it, without a slash at its end. */
export function baseUrlOf(config: Config, request: Pick<FastifyRequest, 'headers'>): string {
  return config.publicUrl ?? `http://${request.headers.host}`;
}

/** One shape for every error outside GraphQL's own: that of a GraphQL response. */
function toErrorResponse(error: unknown, log: Logger): { status: number; body: object } {
  if (error instanceof AfterimageError) return { status: error.httpStatus, body: { errors: [formatError(error, log)] } };
  const { statusCode, message } = error as { statusCode?: number; message: string };
  if (statusCode !== undefined && statusCode < 500)
    return { status: statusCode, body: { errors: [{ message, extensions: { code: 'GRAPHQL_INVALID', isRetryable: false } }] } };
  return { status: 500, body: { errors: [formatError(error, log)] } };
}
