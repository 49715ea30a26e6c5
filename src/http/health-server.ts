import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { createBareServer } from './bare-server.js';
import { registerHealth } from './health.js';
import type { Config } from '../config.js';
import type { Readiness } from '../readiness.js';

/** Says how a process is that serves nothing else. */
export function createHealthServer(config: Config, log: Logger, readiness: Readiness): FastifyInstance {
  const server = createBareServer(config, log);
  registerHealth(server, readiness);
  return server;
}
