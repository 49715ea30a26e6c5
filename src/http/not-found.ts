import type { FastifyInstance } from 'fastify';
import { requestRefusal } from './request-refusal.js';
import { AfterimageError, expected } from '../errors.js';

/** Says of what has no route that there is nothing, or which methods there are. To be called before there are routes. */
export function answerNotFound(server: FastifyInstance): void {
  const methodsAt = new Map<string, Set<string>>();
  server.addHook('onRoute', ({ url, method }) => {
    methodsAt.set(url, new Set([...(methodsAt.get(url) ?? []), method].flat()));
  });
  server.setNotFoundHandler(({ url, method }, reply) => {
    const methods = methodsAt.get(url.split('?')[0]!);
    if (!methods) throw nothingAt(url);
    const allow = [...methods].join(', ');
    reply.header('allow', allow);
    throw requestRefusal(405, expected(allow, 'the method', method));
  });
}

export function nothingAt(url: string): AfterimageError {
  return new AfterimageError('FILE_NOT_FOUND', `nothing is at ${url}`);
}
