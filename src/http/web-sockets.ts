import type { FastifyInstance } from 'fastify';
import type { ExecutionResult } from 'graphql';
import { CloseCode } from 'graphql-ws';
import { useServer } from 'graphql-ws/use/ws';
import pLimit, { type LimitFunction } from 'p-limit';
import { WebSocketServer } from 'ws';
import { baseUrlOf } from './base-url.js';
import { goneWhen } from './client-gone.js';
import { credentialsOf } from './credentials.js';
import type { HttpDependencies } from './dependencies.js';
import { formatError, formatResult, toGraphQLError } from './graphql-errors.js';
import { operationReader } from './operation.js';
import { isRefusal, watchSignIn } from './watch-sign-in.js';
import type { Credentials } from '../access/sign-in.js';
import { AfterimageError } from '../errors.js';
import { createContext } from '../resolvers/context.js';

const GOING_AWAY = 1001;
const TRY_AGAIN_LATER = 1013;
// How long a client has to answer the end of its socket.
const CLOSE_GRACE_MS = 1_000;

/** Of one connection. Each subscription costs statements of its own for everything that it is told of. */
const MAX_OPERATIONS = 100;

interface Connection {
  readonly credentials: Credentials;
  readonly oneByOne: LimitFunction;
  readonly signal: AbortSignal;
}

/** The API over a WebSocket at /graphql: subscriptions, and queries and mutations beside them. */
export function registerWebSockets(server: FastifyInstance, dependencies: HttpDependencies): void {
  const { config, log, schema, signIn } = dependencies;
  const readOperation = operationReader(schema);
  const sockets = new WebSocketServer({ noServer: true, maxPayload: 1024 * 1024 });
  server.server.on('upgrade', (request, socket, head) => {
    sockets.handleUpgrade(request, socket, head, (webSocket) => sockets.emit('connection', webSocket, request));
  });
  const subscriptions = useServer<Record<string, unknown>, { connection: Connection }>(
    {
      // It would say what an error is that nobody foresaw.
      isProd: true,
      onConnect: async ({ connectionParams, extra }) => {
        const own = credentialsOf(extra.request);
        const credentials = { ...own, authorization: authorizationOf(connectionParams) ?? own.authorization };
        extra.connection = { credentials, oneByOne: pLimit(1), signal: goneWhen(extra.socket) };
        const stop = watchSignIn(signIn, credentials, ({ message }) =>
          extra.socket.close(CloseCode.Unauthorized, message),
        );
        extra.socket.once('close', stop);
        try {
          await signIn.viewerOf(credentials);
          return true;
        } catch (error) {
          const { message, extensions } = formatError(error, log);
          // Clients give up for good after any other code than one of these.
          const otherwise = extensions?.['isRetryable'] ? TRY_AGAIN_LATER : CloseCode.InternalServerError;
          extra.socket.close(isRefusal(error) ? CloseCode.Unauthorized : otherwise, message);
          return false;
        }
      },
      onSubscribe: async ({ extra, subscriptions }, _id, payload) => {
        const { credentials, oneByOne, signal } = extra.connection!;
        try {
          requireRoom(subscriptions);
          // The key may be revoked by now. In turn, so that a subscription has begun before what was sent after it.
          const viewer = await oneByOne(() => signIn.viewerOf(credentials));
          const context = createContext(viewer, baseUrlOf(config, extra.request), signal, dependencies);
          return readOperation(payload, context);
        } catch (error) {
          if (isRefusal(error)) extra.socket.close(CloseCode.Unauthorized, error.message);
          return [toGraphQLError(error)];
        }
      },
      onNext: (_context, _id, _payload, _args, result) => formatResult(result, log) as ExecutionResult,
      onError: (_context, _id, _payload, errors) => errors.map((error) => formatError(error, log)),
    },
    sockets,
  );

  server.addHook('preClose', async () => {
    for (const client of sockets.clients) client.close(GOING_AWAY, 'the server is stopping');
    setTimeout(() => sockets.clients.forEach((client) => client.terminate()), CLOSE_GRACE_MS).unref();
    await subscriptions.dispose();
  });
}

/** A browser can set no headers on a WebSocket: a parameter of the connection, in any case as they are, has the key. */
function authorizationOf(params: Readonly<Record<string, unknown>> | null | undefined): string | undefined {
  const [, value] = Object.entries(params ?? {}).find(([name]) => name.toLowerCase() === 'authorization') ?? [];
  return typeof value === 'string' ? value : undefined;
}

/** @param operations those that are under way by their ids, with the new one @throws SERVER_BUSY */
function requireRoom(operations: object): void {
  if (Object.keys(operations).length <= MAX_OPERATIONS) return;
  const message = `expected at most ${MAX_OPERATIONS} operations at a time over one WebSocket, received one more`;
  throw new AfterimageError('SERVER_BUSY', message);
}
