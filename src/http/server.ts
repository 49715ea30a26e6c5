import cors from '@fastify/cors';
import type { FastifyInstance } from 'fastify';
import { createBareServer } from './bare-server.js';
import type { HttpDependencies } from './dependencies.js';
import { registerEventStreams } from './event-streams.js';
import { registerFiles } from './files.js';
import { registerGraphQL } from './graphql.js';
import { registerHealth } from './health.js';
import { registerPlayground } from './playground.js';
import { registerWebSockets } from './web-sockets.js';

/** Everything that is served over HTTP; not listening yet. */
export async function createHttpServer(dependencies: HttpDependencies): Promise<FastifyInstance> {
  const { config, log } = dependencies;
  const server = createBareServer(config, log);
  if (config.corsOrigins.length > 0)
    await server.register(cors, {
      origin: [...config.corsOrigins],
      allowedHeaders: ['Authorization', 'Content-Type', 'Apollo-Require-Preflight'],
    });
  await registerGraphQL(server, dependencies);
  registerWebSockets(server, dependencies);
  registerEventStreams(server, dependencies);
  registerFiles(server, dependencies);
  registerHealth(server, dependencies.probes);
  await registerPlayground(server, config);
  return server;
}
