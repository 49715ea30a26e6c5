import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';
import { baseUrlOf } from './base-url.js';
import { PLAYGROUND_TABS } from './playground-tabs.js';
import type { Config } from '../config.js';
import { AfterimageError, expected } from '../errors.js';

const PATH = '/playground';
// Apollo's guard against forged requests lets a file upload through only with a header that no plain form can send.
const HEADERS = { 'Apollo-Require-Preflight': 'true' };

// No advertisements, and no look for updates elsewhere.
const SETTINGS = { 'banners.disable': true, 'alert.disableUpdateNotification': true } as const;

type Altair = Pick<typeof import('altair-static'), 'renderAltair' | 'isSandboxFrame' | 'SANDBOX_FRAME_CSP'>;
/** Where it keeps its files. */
const ROOT = fileURLToPath(new URL('dist', import.meta.resolve('altair-static')));

/**
 * Altair at /playground, all of it from this server, with a tab for each thing to try. It is loaded when it is first asked
 * for, since that takes some of the time of a start.
 */
export async function registerPlayground(server: FastifyInstance, config: Config): Promise<void> {
  server.get('/', (_request, reply) => reply.redirect(PATH));
  for (const path of [PATH, `${PATH}/`])
    server.get(path, async (request, reply) =>
      reply.type('text/html').send(renderPage(await import('altair-static'), baseUrlOf(config, request))),
    );
  await server.register(async (files) => {
    let altair: Altair;
    files.addHook('onRequest', async () => void (altair = await import('altair-static')));
    await files.register(fastifyStatic, {
      root: ROOT,
      prefix: `${PATH}/`,
      index: false,
      setHeaders: (response, path) => {
        if (altair.isSandboxFrame(path)) response.setHeader('content-security-policy', altair.SANDBOX_FRAME_CSP);
      },
    });
  });
}

/** Altair takes no relative addresses in its tabs. @throws INVALID_ARGUMENT when the Host header is none */
function renderPage({ renderAltair }: Altair, baseUrl: string): string {
  // It goes into a script of the page: in a host that can be parsed there is nothing that would end that.
  if (!URL.canParse(baseUrl)) throw new AfterimageError('INVALID_ARGUMENT', expected('an address', 'host', baseUrl));
  const address = new URL(baseUrl).href.replace(/\/$/, '');
  const endpoints = {
    endpointURL: `${address}/graphql`,
    subscriptionsEndpoint: `${address.replace(/^http/, 'ws')}/graphql`,
    initialSubscriptionRequestHandlerId: 'graphql-ws',
    initialHeaders: HEADERS,
  } as const;
  return renderAltair({
    ...endpoints,
    baseURL: `${PATH}/`,
    disableAccount: true,
    instanceStorageNamespace: 'afterimage_',
    initialSettings: SETTINGS,
    initialWindows: PLAYGROUND_TABS.map(({ name, query, variables }) => ({
      ...endpoints,
      initialName: name,
      initialQuery: query,
      initialVariables: JSON.stringify(variables, null, 2),
    })),
  });
}
