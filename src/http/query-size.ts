import { getOperationAST, GraphQLError, type ExecutionArgs, type GraphQLSchema } from 'graphql';
import { checkVariables } from './check-variables.js';
import { OperationSize, tooManySelections } from './operation-size.js';
import { AfterimageError } from '../errors.js';

/** What there is between validation and execution. */
export type QueryRequest = Pick<ExecutionArgs, 'document' | 'operationName' | 'variableValues'>;

/**
 * Bounds what a request may ask for, before it is executed: a few words ask for millions of objects, as pages of pages
 * multiply.
 *
 * @returns a function that throws QUERY_TOO_LARGE, INVALID_ARGUMENT for variables that do not fit the document, and
 *   GRAPHQL_INVALID for those that are nested without end
 */
export function querySizeCheck(schema: GraphQLSchema): (request: QueryRequest) => void {
  return ({ document, operationName, variableValues }) => {
    const operation = getOperationAST(document, operationName);
    if (!operation) return;
    const variables = checkVariables(schema, operation, variableValues ?? {});
    try {
      new OperationSize(schema, document, variables).check(operation);
    } catch (cause) {
      if (cause instanceof GraphQLError) throw new AfterimageError('INVALID_ARGUMENT', cause.message, { cause });
      // The end of the stack.
      if (cause instanceof RangeError) throw tooManySelections(cause);
      throw cause;
    }
  };
}
