import type { FastifyInstance } from 'fastify';

/** Resolves when a part of the server answers. */
export type Probe = () => Promise<unknown>;

const TIMEOUT_MS = 3_000;
// Nobody signs in to ask: however often it is done, it makes no more work than this.
const ANSWER_MS = 2_000;

/**
 * /health says that the process runs; /ready that it can serve: database, stores and model answer, or did two seconds ago
 * at most.
 */
export function registerHealth(server: FastifyInstance, probes: Readonly<Record<string, Probe>>): void {
  server.get('/health', () => ({ status: 'ok' }));
  const answer = shared(async () => {
    const names = Object.keys(probes);
    const answers = await Promise.allSettled(names.map((name) => withTimeout(probes[name]!())));
    const parts = Object.fromEntries(
      names.map((name, index) => [name, answers[index]!.status === 'fulfilled' ? 'ok' : 'unavailable']),
    );
    const isReady = answers.every(({ status }) => status === 'fulfilled');
    return { status: isReady ? 'ready' : 'unavailable', parts };
  });
  server.get('/ready', async (_request, reply) => {
    const readiness = await answer();
    return reply.code(readiness.status === 'ready' ? 200 : 503).send(readiness);
  });
}

/** Asks once for all who ask at the same time or a little later. */
function shared<T>(ask: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | undefined;
  const forget = () => (answer = undefined);
  return () => (answer ??= ask().finally(() => setTimeout(forget, ANSWER_MS).unref()));
}

function withTimeout(answer: Promise<unknown>): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no answer within ${TIMEOUT_MS} ms`)), TIMEOUT_MS);
    answer.finally(() => clearTimeout(timer)).then(resolve, reject);
  });
}
