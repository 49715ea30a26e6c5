import type { FastifyInstance } from 'fastify';
import { parse, type ExecutionResult, type GraphQLError } from 'graphql';
import { createHandler } from 'graphql-sse/lib/use/fastify';
import { CloseCode } from 'graphql-ws';
import { useServer } from 'graphql-ws/use/ws';
import { WebSocketServer } from 'ws';
import { baseUrlOf } from './base-url.js';
import { credentialsOf } from './credentials.js';
import type { HttpDependencies } from './dependencies.js';
import { MAX_TOKENS } from './graphql.js';
import { formatError } from './graphql-errors.js';
import { signInHook, viewerOf } from './sign-in.hook.js';
import type { Viewer } from '../access/viewer.js';
import { createContext } from '../resolvers/context.js';

const PATH = '/graphql';
const GOING_AWAY = 1001;
// How long a client has to answer the end of its socket.
const CLOSE_GRACE_MS = 1_000;

/** Subscriptions: over a WebSocket at /graphql, and as server-sent events at /graphql/stream. */
export function registerSubscriptions(server: FastifyInstance, dependencies: HttpDependencies): void {
  const { config, log, schema, signIn } = dependencies;
  const format = <Result extends ExecutionResult>({ errors, ...result }: Result) => ({
    ...result,
    ...(errors && { errors: errors.map((error) => formatError(error, log)) }),
  });

  const sockets = new WebSocketServer({ noServer: true, maxPayload: 1024 * 1024 });
  server.server.on('upgrade', (request, socket, head) => {
    if (request.url?.split('?')[0] !== PATH) return socket.destroy();
    sockets.handleUpgrade(request, socket, head, (webSocket) => sockets.emit('connection', webSocket, request));
  });
  const subscriptions = useServer<{ authorization?: string }, { viewer: Viewer }>(
    {
      schema,
      // It would say what an error is that nobody foresaw.
      isProd: true,
      // A browser cannot set headers on a WebSocket: the key comes as a parameter of the connection.
      onConnect: async ({ connectionParams, extra }) => {
        const credentials = credentialsOf(extra.request);
        const authorization = connectionParams?.authorization ?? credentials.authorization;
        try {
          extra.viewer = await signIn.viewerOf({ ...credentials, authorization });
          return true;
        } catch (error) {
          const { message, extensions } = formatError(error, log);
          const code =
            extensions?.['code'] === 'UNAUTHENTICATED' ? CloseCode.Unauthorized : CloseCode.InternalServerError;
          extra.socket.close(code, message);
          return false;
        }
      },
      onSubscribe: (_context, _id, { query }) => parseErrors(query),
      context: ({ extra }) => createContext(extra.viewer!, baseUrlOf(config, extra.request), dependencies),
      onNext: (_context, _id, _payload, _args, result) => format(result) as ExecutionResult,
      onError: (_context, _id, _payload, errors) => errors.map((error) => formatError(error, log)),
    },
    sockets,
  );

  // Both libraries have their own idea of a document that cannot be parsed, and neither is ours.
  function parseErrors(query: string): GraphQLError[] | undefined {
    try {
      parse(query, { maxTokens: MAX_TOKENS });
      return undefined;
    } catch (error) {
      return [error as GraphQLError];
    }
  }

  const streams = new Set<{ end(): void }>();
  const handle = createHandler({
    schema,
    context: (request) =>
      createContext(viewerOf(request.raw), baseUrlOf(config, request.raw), dependencies) as unknown as Record<
        string,
        unknown
      >,
    onSubscribe: (_request, { query }) => {
      const errors = parseErrors(query);
      return errors && { data: null, errors };
    },
    onNext: (_context, _request, result) => format(result as ExecutionResult) as ExecutionResult,
  });
  server.route({
    method: ['GET', 'POST'],
    url: `${PATH}/stream`,
    onRequest: signInHook(signIn),
    handler: async (request, reply) => {
      streams.add(reply.raw);
      reply.raw.once('close', () => streams.delete(reply.raw));
      await handle(request, reply);
    },
  });

  server.addHook('preClose', async () => {
    for (const stream of streams) stream.end();
    for (const client of sockets.clients) client.close(GOING_AWAY, 'the server is stopping');
    setTimeout(() => sockets.clients.forEach((client) => client.terminate()), CLOSE_GRACE_MS).unref();
    await subscriptions.dispose();
  });
}
