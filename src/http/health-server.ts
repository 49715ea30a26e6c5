import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { createBareServer } from './bare-server.js';
import { registerHealth, type Probe } from './health.js';

/** Says how a process is that serves nothing else. */
export function createHealthServer(log: Logger, probes: Readonly<Record<string, Probe>>): FastifyInstance {
  const server = createBareServer(log);
  registerHealth(server, probes);
  return server;
}
