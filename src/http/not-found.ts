import type { FastifyInstance } from 'fastify';
import { requestRefusal } from './request-refusal.js';
import { AfterimageError, expected } from '../errors.js';

/** Says of what has no route that there is nothing, or which methods there are. */
export function answerNotFound(server: FastifyInstance): void {
  // A page of another origin may ask with OPTIONS about every address, of which there need be none.
  const methods = server.supportedMethods.filter((method) => method !== 'OPTIONS');
  server.setNotFoundHandler(({ url, method }, reply) => {
    const allow = methods.filter((other) => server.findRoute({ method: other, url })).join(', ');
    // The query may hold the signature of a file.
    if (!allow) throw new AfterimageError('FILE_NOT_FOUND', `nothing is at ${url.split('?')[0]}`);
    reply.header('allow', allow);
    throw requestRefusal(405, expected(allow, 'the method', method));
  });
}
