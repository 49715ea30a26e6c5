import { getOperationAST, parse, validate, type ExecutionArgs, type GraphQLError, type GraphQLSchema } from 'graphql';
import { toGraphQLError } from './graphql-errors.js';
import { querySizeCheck } from './query-size.js';
import { AfterimageError } from '../errors.js';
import type { RequestContext } from '../resolvers/context.js';

/** Of a document, so that none takes long to be understood. */
export const MAX_TOKENS = 10_000;

/** What a client asks for over a WebSocket or a stream of events. */
export interface OperationRequest {
  readonly query: string;
  readonly operationName?: string | null | undefined;
  readonly variables?: Readonly<Record<string, unknown>> | null | undefined;
}

/**
 * @returns a function that says what is to be executed, read and checked once for the libraries of both ways, or what is
 *   wrong with it
 */
export function operationReader(schema: GraphQLSchema) {
  const checkQuerySize = querySizeCheck(schema);
  return (
    { query, operationName, variables }: OperationRequest,
    contextValue: RequestContext,
  ): ExecutionArgs | GraphQLError[] => {
    try {
      const document = parse(query, { maxTokens: MAX_TOKENS });
      const errors = validate(schema, document);
      if (errors.length > 0) return [...errors];
      if (!getOperationAST(document, operationName)) throw unidentified(operationName);
      const request = { document, operationName, variableValues: variables };
      checkQuerySize(request);
      return { schema, ...request, contextValue };
    } catch (error) {
      return [toGraphQLError(error)];
    }
  };
}

/** In the words in which GraphQL.js says it of a request over HTTP. */
function unidentified(operationName: string | null | undefined): AfterimageError {
  const message = operationName
    ? `Unknown operation named "${operationName}".`
    : 'Must provide operation name if query contains multiple operations.';
  return new AfterimageError('GRAPHQL_INVALID', message);
}
