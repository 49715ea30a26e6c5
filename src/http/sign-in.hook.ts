import type { FastifyRequest } from 'fastify';
import { credentialsOf } from './credentials.js';
import type { SignIn } from '../access/sign-in.js';
import type { Viewer } from '../access/viewer.js';

const viewers = new WeakMap<FastifyRequest, Viewer>();

/** Refuses a request that is from nobody, before its body is read. */
export function signInHook(signIn: SignIn) {
  return async (request: FastifyRequest): Promise<void> => {
    viewers.set(request, await signIn.viewerOf(credentialsOf(request.raw)));
  };
}

/** Who a request is from, once the hook has run. */
export function viewerOf(request: FastifyRequest): Viewer {
  return viewers.get(request)!;
}
