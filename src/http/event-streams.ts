import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ExecutionResult, FormattedExecutionResult } from 'graphql';
import { createHandler, print, type OperationArgs } from 'graphql-sse';
import { accepts } from './accepts.js';
import { baseUrlOf } from './base-url.js';
import { goneBefore } from './client-gone.js';
import { credentialsOf } from './credentials.js';
import type { HttpDependencies } from './dependencies.js';
import { formatError, formatResult } from './graphql-errors.js';
import { operationReader } from './operation.js';
import { requirePreflight } from './preflight.js';
import { requestRefusal } from './request-refusal.js';
import { signInHook, viewerOf } from './sign-in.hook.js';
import { watchSignIn } from './watch-sign-in.js';
import { AfterimageError, expected } from '../errors.js';
import { parseJson } from '../parse-json.js';
import { createContext } from '../resolvers/context.js';

const EVENT_STREAM = 'text/event-stream';
/** Over a connection that was kept, a stream would begin that nobody ends. */
const SHUTTING_DOWN = 'expected a server that goes on for a stream, received one that stops';

/** The library looks at nothing of it. */
type Context = Record<string, unknown>;

/** Of an address; a list where one is given several times. */
type UrlParameters = Readonly<Record<string, string | string[]>>;

/** The API as server-sent events at /graphql/stream: a stream for each operation. */
export function registerEventStreams(server: FastifyInstance, dependencies: HttpDependencies): void {
  const { config, log, schema, signIn } = dependencies;
  const readOperation = operationReader(schema);
  const streams = new Set<AsyncGenerator>();
  let isClosing = false;
  const handle = createHandler<FastifyRequest, ServerResponse, Context>({
    authenticate: () => null,
    onSubscribe: ({ raw, context: response }, params) => {
      const context = createContext(viewerOf(raw), baseUrlOf(config, raw), goneBefore(response), dependencies);
      const operation = readOperation(params, context);
      return Array.isArray(operation) ? { data: null, errors: operation } : (operation as OperationArgs<Context>);
    },
    // It is valid by then.
    validate: () => [],
    onNext: async (_context, { context: response }, result) => {
      // What a slow client has not taken would else be kept here, without end.
      if (response.writableNeedDrain) await once(response, 'drain');
      return formatResult(result as ExecutionResult, log) as ExecutionResult;
    },
  });
  server.route({
    method: ['GET', 'POST'],
    url: '/graphql/stream',
    onRequest: signInHook(signIn),
    handler: async (request, reply) => {
      if (isClosing) throw new AfterimageError('SHUTTING_DOWN', SHUTTING_DOWN);
      checkAccept(request.headers.accept);
      if (request.method === 'GET') {
        requirePreflight(request.headers);
        checkParameters(request.query as UrlParameters);
      }
      const [body, { status, statusText, headers = {} }] = await handle({
        method: request.method,
        url: request.url,
        headers: { get: (name) => (name === 'accept' ? EVENT_STREAM : request.headers[name]?.toString()) },
        body: request.body as Record<string, unknown> | null,
        raw: request,
        context: reply.raw,
      });
      // Kept for another request, the connection would hold up the end of the server.
      void reply.headers({ ...headers, connection: 'close' });
      if (!body || typeof body === 'string') throw refusalOf(status, body, statusText);

      streams.add(body);
      if (isClosing) void body.return(undefined);
      const stream = Readable.from(body);
      const stop = watchSignIn(signIn, credentialsOf(request.raw), (refusal) => {
        stream.push(lastEvents({ errors: [formatError(refusal, log)] }));
        void body.return(undefined);
      });
      stream.once('close', () => {
        streams.delete(body);
        stop();
      });
      return reply.send(stream);
    },
  });
  server.addHook('preClose', async () => {
    isClosing = true;
    for (const stream of streams) void stream.return(undefined);
  });
}

/** @throws GRAPHQL_INVALID */
function checkAccept(accept: string | undefined): void {
  if (!accepts(accept, EVENT_STREAM))
    throw new AfterimageError('GRAPHQL_INVALID', expected(EVENT_STREAM, 'the header Accept', accept));
}

/** The library would say of both no more than that the address cannot be read. @throws GRAPHQL_INVALID */
function checkParameters(parameters: UrlParameters): void {
  for (const name of ['variables', 'extensions']) {
    const value = parameters[name];
    if (value && parseJson(String(value)) === undefined)
      throw new AfterimageError('GRAPHQL_INVALID', expected('JSON', `the parameter ${name}`, value));
  }
}

/** An answer after which a client does not come back for more. */
function lastEvents(answer: FormattedExecutionResult): string {
  return print({ event: 'next', data: answer as ExecutionResult }) + print({ event: 'complete', data: null });
}

/** What the library answers to a request that it does not take, as the error that all refusals of requests are. */
function refusalOf(statusCode: number, body: string | null, statusText: string): Error {
  const { errors } = JSON.parse(body ?? '{}') as { errors?: { message: string }[] };
  return requestRefusal(statusCode, errors?.[0]?.message ?? statusText);
}
