import type { FastifyInstance } from 'fastify';
import type { Readiness } from '../readiness.js';

/**
 * /health says that the process runs; /ready that it can serve: database, stores and model answer, or did two seconds ago
 * at most. Before a process stops it is not ready, and each connection ends with what is asked over it next.
 */
export function registerHealth(server: FastifyInstance, readiness: Readiness): void {
  server.get('/health', () => ({ status: 'ok' }));
  server.get('/ready', async (_request, reply) => {
    const answer = await readiness.ask();
    return reply.code(answer.status === 'ready' ? 200 : 503).send(answer);
  });
  server.addHook('onRequest', async (_request, reply) => {
    if (readiness.isStopping) reply.header('connection', 'close');
  });
}
