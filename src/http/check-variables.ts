import { getVariableValues, type GraphQLSchema, type OperationDefinitionNode } from 'graphql';
import { checkDepth } from './check-depth.js';
import { countValues } from '../count-values.js';
import { AfterimageError } from '../errors.js';

/** 1,000 labels with 50 prompts and 50 synonyms each, the most that any field takes, are about 160,000. */
const MAX_VALUES = 200_000;

/**
 * To be called before anything else looks at the variables: to read a value, and to say what is wrong with it, takes long
 * where there are very many.
 *
 * @returns them as the operation takes them, with its defaults
 * @throws QUERY_TOO_LARGE, GRAPHQL_INVALID for what is nested without end, and INVALID_ARGUMENT for the first value that is
 *   not of its type
 */
export function checkVariables(
  schema: GraphQLSchema,
  { variableDefinitions }: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  if (countValues(variables, MAX_VALUES) > MAX_VALUES)
    throw new AfterimageError(
      'QUERY_TOO_LARGE',
      `expected at most ${MAX_VALUES} values for the variables, received more`,
    );
  checkDepth(variables);
  const { errors, coerced } = getVariableValues(schema, variableDefinitions ?? [], variables, { maxErrors: 1 });
  if (errors) throw new AfterimageError('INVALID_ARGUMENT', errors[0]!.message, { cause: errors[0] });
  return coerced;
}
