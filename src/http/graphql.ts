import { finished } from 'node:stream/promises';
import { ApolloServer, type GraphQLRequestContextDidResolveOperation } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
} from '@apollo/server/plugin/disabled';
import { fastifyApolloHandler } from '@as-integrations/fastify';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { baseUrlOf } from './base-url.js';
import { goneBefore } from './client-gone.js';
import { credentialsOf } from './credentials.js';
import type { HttpDependencies } from './dependencies.js';
import { earlyAnswer } from './early-answer.js';
import { formatError, toGraphQLError } from './graphql-errors.js';
import { readMultipart } from './multipart-request.js';
import { operationMeter } from './operation-meter.js';
import { MAX_TOKENS } from './operation.js';
import { querySizeCheck } from './query-size.js';
import { RequestsWithFiles } from './requests-with-files.js';
import { signInHook, viewerOf } from './sign-in.hook.js';
import { watchSignIn } from './watch-sign-in.js';
import { spoolUploadsWhole } from './whole-spool.js';
import { filesPerRequest } from '../access/viewer.js';
import { AfterimageError } from '../errors.js';
import { createContext, type RequestContext } from '../resolvers/context.js';

const MULTIPART = 'multipart/form-data';
const MAX_BODY_BYTES = 10 * 1024 * 1024;
const SUBSCRIPTION =
  'expected a query or a mutation, received a subscription: those go over a WebSocket or to /graphql/stream';

/** The API at /graphql: queries and mutations, as JSON or as multipart with files. */
export async function registerGraphQL(server: FastifyInstance, dependencies: HttpDependencies): Promise<void> {
  spoolUploadsWhole();
  const { config, log, schema, signIn, meter } = dependencies;
  const checkQuerySize = querySizeCheck(schema);

  /** Apollo would run a subscription as if it were a query. */
  async function didResolveOperation(context: GraphQLRequestContextDidResolveOperation<RequestContext>): Promise<void> {
    const { document, operation, operationName, request } = context;
    try {
      if (operation?.operation === 'subscription') throw new AfterimageError('GRAPHQL_INVALID', SUBSCRIPTION);
      checkQuerySize({ document, operationName, variableValues: request.variables });
    } catch (error) {
      throw toGraphQLError(error);
    }
  }

  const apollo = new ApolloServer<RequestContext>({
    schema,
    introspection: true,
    csrfPrevention: true,
    includeStacktraceInErrorResponses: false,
    parseOptions: { maxTokens: MAX_TOKENS },
    formatError: (formatted, error) => formatError(error, log, formatted),
    persistedQueries: false,
    plugins: [
      ApolloServerPluginLandingPageDisabled(),
      // It would look at every field of every answer; there are no cache hints in this schema.
      ApolloServerPluginCacheControlDisabled(),
      { requestDidStart: () => Promise.resolve({ didResolveOperation }) },
      operationMeter(meter),
    ],
    // The process has one owner of its signals, which closes this with the rest.
    stopOnTerminationSignals: false,
  });
  await apollo.start();
  server.addHook('onClose', () => apollo.stop());

  const requestsWithFiles = new RequestsWithFiles();
  const refusals = new WeakMap<FastifyRequest, AbortSignal>();

  /** Aborted when whoever sends it would no longer be let in: it may take as long as its client likes to send files. */
  function refusalDuring(request: FastifyRequest): AbortSignal {
    const controller = new AbortController();
    const stop = watchSignIn(signIn, credentialsOf(request.raw), (refusal) => controller.abort(refusal));
    // It may have gone while it signed in.
    if (request.raw.closed) stop();
    else request.raw.once('close', stop);
    refusals.set(request, controller.signal);
    return controller.signal;
  }

  // The body stays where it is until `preValidation`: the request must be allowed first.
  server.addContentTypeParser(MULTIPART, (_request, _payload, done) => done(null));
  server.route({
    method: ['GET', 'POST'],
    url: '/graphql',
    bodyLimit: MAX_BODY_BYTES,
    onRequest: signInHook(signIn),
    preValidation: async (request, reply) => {
      if (!isMultipart(request)) return;
      requestsWithFiles.admit(viewerOf(request), reply.raw);
      request.body = await readMultipart(request.raw, reply.raw, {
        // One more than is allowed, so that a file of just the limit passes.
        maxFileSize: config.maxUploadBytes + 1,
        // They are spooled before anybody knows what for.
        maxFiles: filesPerRequest(viewerOf(request), config),
        role: viewerOf(request).role,
        maxFieldSize: MAX_BODY_BYTES,
        signal: refusalDuring(request),
      });
    },
    onSend: async (request, reply, payload) => {
      const { raw } = request;
      const signal = refusals.get(request);
      const isRefused = () => reply.statusCode >= 400 || signal?.aborted;
      if (!isMultipart(request) || raw.readableEnded || raw.destroyed) return payload;
      // A client that is still sending may not read an answer, and a proxy makes an error of it.
      if (!isRefused()) await finished(raw, { ...(signal && { signal }) }).catch(() => undefined);
      if (!isRefused() || typeof payload !== 'string') return payload;
      reply.headers({ connection: 'close', 'content-length': Buffer.byteLength(payload) });
      return earlyAnswer(payload, raw);
    },
    handler: fastifyApolloHandler(apollo, {
      context: async (request, { raw }) =>
        createContext(viewerOf(request), baseUrlOf(config, request), goneBefore(raw), dependencies),
    }),
  });
}

function isMultipart({ headers }: Pick<FastifyRequest, 'headers'>): boolean {
  return headers['content-type']?.toLowerCase().startsWith(MULTIPART) ?? false;
}
