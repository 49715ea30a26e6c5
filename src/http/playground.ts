import fastifyStatic from '@fastify/static';
import { getDistDirectory, isSandboxFrame, renderAltair, SANDBOX_FRAME_CSP } from 'altair-static';
import type { FastifyInstance } from 'fastify';
import { PLAYGROUND_TABS } from './playground-tabs.js';

const PATH = '/playground';
// Apollo's guard against forged requests lets a file upload through only with a header that no plain form can send.
const HEADERS = { 'Apollo-Require-Preflight': 'true' };

/** Altair at /playground, all of it from this server, with a tab for each thing to try. */
export async function registerPlayground(server: FastifyInstance): Promise<void> {
  const page = renderAltair({
    baseURL: `${PATH}/`,
    endpointURL: '/graphql',
    subscriptionsEndpoint: '/graphql',
    initialSubscriptionRequestHandlerId: 'graphql-ws',
    initialHeaders: HEADERS,
    disableAccount: true,
    instanceStorageNamespace: 'afterimage_',
    initialWindows: PLAYGROUND_TABS.map(({ name, query, variables }) => ({
      initialName: name,
      initialQuery: query,
      initialVariables: JSON.stringify(variables, null, 2),
      initialHeaders: HEADERS,
      endpointURL: '/graphql',
      subscriptionsEndpoint: '/graphql',
      initialSubscriptionRequestHandlerId: 'graphql-ws',
    })),
  });
  server.get('/', (_request, reply) => reply.redirect(PATH));
  server.get(PATH, (_request, reply) => reply.type('text/html').send(page));
  server.get(`${PATH}/`, (_request, reply) => reply.type('text/html').send(page));
  await server.register(fastifyStatic, {
    root: getDistDirectory(),
    prefix: `${PATH}/`,
    index: false,
    setHeaders: (response, path) => {
      if (isSandboxFrame(path)) response.setHeader('content-security-policy', SANDBOX_FRAME_CSP);
    },
  });
}
