import type { FastifyInstance } from 'fastify';

/** Resolves when a part of the server answers. */
export type Probe = () => Promise<unknown>;

const TIMEOUT_MS = 3_000;

/** /health says that the process runs; /ready that it can serve: database, stores and model answer. */
export function registerHealth(server: FastifyInstance, probes: Readonly<Record<string, Probe>>): void {
  server.get('/health', () => ({ status: 'ok' }));
  server.get('/ready', async (_request, reply) => {
    const names = Object.keys(probes);
    const answers = await Promise.allSettled(names.map((name) => withTimeout(probes[name]!())));
    const parts = Object.fromEntries(
      names.map((name, index) => [name, answers[index]!.status === 'fulfilled' ? 'ok' : 'unavailable']),
    );
    const isReady = answers.every(({ status }) => status === 'fulfilled');
    return reply.code(isReady ? 200 : 503).send({ status: isReady ? 'ready' : 'unavailable', parts });
  });
}

function withTimeout(answer: Promise<unknown>): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no answer within ${TIMEOUT_MS} ms`)), TIMEOUT_MS);
    answer.finally(() => clearTimeout(timer)).then(resolve, reject);
  });
}
