import type { FastifyInstance } from 'fastify';
import { scrapeSignInHook } from './scrape-sign-in.hook.js';
import type { SignIn } from '../access/sign-in.js';
import type { Metrics } from '../metrics/metrics.js';

/** /metrics tells an ADMIN of any library how the whole installation is, and what this process does. */
export function registerMetrics(server: FastifyInstance, signIn: SignIn, metrics: Metrics): void {
  server.get('/metrics', { onRequest: scrapeSignInHook(signIn) }, async (_request, reply) =>
    reply.type(metrics.contentType).send(await metrics.read()),
  );
}
