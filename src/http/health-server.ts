import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { createBareServer } from './bare-server.js';
import { registerHealth, type Probe } from './health.js';
import type { Config } from '../config.js';

/** Says how a process is that serves nothing else. */
export function createHealthServer(
  config: Config,
  log: Logger,
  probes: Readonly<Record<string, Probe>>,
): FastifyInstance {
  const server = createBareServer(config, log);
  registerHealth(server, probes);
  return server;
}
