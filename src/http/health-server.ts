import type { FastifyInstance } from 'fastify';
import { createBareServer } from './bare-server.js';
import type { HttpDependencies } from './dependencies.js';
import { registerHealth } from './health.js';
import { registerMetrics } from './metrics.js';

/** Says how a process is that serves nothing else. */
export function createHealthServer({
  config,
  log,
  readiness,
  signIn,
  metrics,
}: Pick<HttpDependencies, 'config' | 'log' | 'readiness' | 'signIn' | 'metrics'>): FastifyInstance {
  const server = createBareServer(config, log);
  registerHealth(server, readiness);
  registerMetrics(server, signIn, metrics);
  return server;
}
