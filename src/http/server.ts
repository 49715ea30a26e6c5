import cors from '@fastify/cors';
import type { FastifyInstance } from 'fastify';
import { createBareServer } from './bare-server.js';
import type { HttpDependencies } from './dependencies.js';
import { registerEventStreams } from './event-streams.js';
import { registerFiles } from './files.js';
import { registerGraphQL } from './graphql.js';
import { registerHealth } from './health.js';
import { readJsonAsUtf8 } from './json-body.js';
import { registerMetrics } from './metrics.js';
import { registerPlayground } from './playground.js';
import { registerWebSockets } from './web-sockets.js';

/** What clients of GraphQL send, with what Apollo's guard against forged requests asks for. */
const REQUEST_HEADERS = [
  'Authorization',
  'Content-Type',
  'Apollo-Require-Preflight',
  'X-Apollo-Operation-Name',
  'Apollographql-Client-Name',
  'Apollographql-Client-Version',
];
/** What a page may read of an answer, beside what it always may. */
const ANSWER_HEADERS = [
  'Accept-Ranges',
  'Content-Disposition',
  'Content-Length',
  'Content-Range',
  'ETag',
  'Retry-After',
];
/** For how long a browser need not ask again: the most that Chromium takes. */
const PREFLIGHT_SECONDS = 2 * 60 * 60;

/** Everything that is served over HTTP; not listening yet. */
export async function createHttpServer(dependencies: HttpDependencies): Promise<FastifyInstance> {
  const { config, log, signIn, metrics } = dependencies;
  const server = createBareServer(config, log);
  if (config.corsOrigins.length > 0)
    await server.register(cors, {
      origin: [...config.corsOrigins],
      allowedHeaders: REQUEST_HEADERS,
      exposedHeaders: ANSWER_HEADERS,
      maxAge: PREFLIGHT_SECONDS,
    });
  readJsonAsUtf8(server);
  await registerGraphQL(server, dependencies);
  registerWebSockets(server, dependencies);
  registerEventStreams(server, dependencies);
  registerFiles(server, dependencies);
  registerHealth(server, dependencies.readiness);
  registerMetrics(server, signIn, metrics);
  await registerPlayground(server, config);
  return server;
}
