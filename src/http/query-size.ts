import {
  getNamedType,
  getNullableType,
  getOperationAST,
  GraphQLError,
  isIntrospectionType,
  isListType,
  isObjectType,
  Kind,
  validate,
  type ExecutionArgs,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLSchema,
} from 'graphql';
// The other build would load GraphQL once more, and know none of our types.
import { createComplexityRule, type ComplexityEstimatorArgs } from 'graphql-query-complexity/cjs';
import { checkVariables } from './check-variables.js';
import { countValues, OBJECT_WEIGHT } from './input-values.js';
import { AfterimageError } from '../errors.js';
import { DEFAULT_FIRST, MAX_FIRST } from '../pagination.js';

/** Objects and values of an answer: about a second of work. */
const MAX_SIZE = 50_000;
/** So many values of the arguments of a field, or an object of them, are as much work as a value of an answer. */
const ARGUMENTS_PER_VALUE = OBJECT_WEIGHT;
/** Places in a document, those of a fragment wherever it is spread. */
const MAX_SELECTIONS = 10_000;
/** Of a list of which nothing says how long it is. */
const ASSUMED_LENGTH = 10;
/** Of a field of Query or Mutation that says nothing else: each runs statements of its own. */
const ROOT_WORK = 100;
/** About what there is to say of the schema. */
const SCHEMA_SIZE = 5_000;
/** The most that each takes of the arguments that say how long a list may be. */
const MAX_LENGTHS: Readonly<Record<string, number>> = { first: MAX_FIRST, limit: 2_000, k: 50 };

type FieldArguments = ComplexityEstimatorArgs['args'];
type FieldEstimator = (details: ComplexityEstimatorArgs) => number;

/** What there is between validation and execution. */
export type QueryRequest = Pick<ExecutionArgs, 'document' | 'operationName' | 'variableValues'>;

/**
 * Bounds what a request may ask for, before it is executed: a few words ask for millions of objects, as pages of pages
 * multiply. A field that takes work of its own says as its `complexity` how many values that is worth; how long a list may be,
 * as its `length`: a number, or the name of the argument that brings an entry for each of its own. A payload that has such lists
 * is counted as so many times larger as a whole.
 *
 * @returns a function that throws QUERY_TOO_LARGE, INVALID_ARGUMENT for variables that do not fit the document, and
 *   GRAPHQL_INVALID for those that are nested without end
 */
export function querySizeCheck(schema: GraphQLSchema): (request: QueryRequest) => void {
  const sizeOfField = fieldEstimator(schema);
  return ({ document, operationName, variableValues }) => {
    const operation = getOperationAST(document, operationName);
    if (!operation) return;
    checkVariables(schema, operation, variableValues ?? {});
    const fragments = document.definitions.filter(({ kind }) => kind === Kind.FRAGMENT_DEFINITION);
    let size = 0;
    const rule = createComplexityRule({
      maximumComplexity: Infinity,
      variables: { ...variableValues },
      estimators: [withArguments(sizeOfField)],
      maxQueryNodes: MAX_SELECTIONS,
      onComplete: (complexity) => (size = complexity),
    });
    try {
      const counted = { kind: Kind.DOCUMENT, definitions: [operation, ...fragments] } as const;
      // One more would be found as often as its fragment is spread, each time after a look at all its arguments.
      const [mistake] = validate(schema, counted, [rule], { maxErrors: 1 });
      if (mistake) throw mistake;
    } catch (cause) {
      // An error that points into the document is about a value. Without a place it is about too many selections, as is
      // the end of the stack.
      if (cause instanceof GraphQLError && cause.nodes)
        throw new AfterimageError('INVALID_ARGUMENT', cause.message, { cause });
      if (!(cause instanceof GraphQLError || cause instanceof RangeError)) throw cause;
      throw tooLarge(`${MAX_SELECTIONS} selections`, 'more', cause);
    }
    if (size > MAX_SIZE) throw tooLarge(`${MAX_SIZE} values`, Number.isFinite(size) ? String(size) : 'more');
  };
}

function tooLarge(limit: string, received: string, cause?: unknown): AfterimageError {
  return new AfterimageError('QUERY_TOO_LARGE', `expected at most ${limit} for the query, received ${received}`, {
    cause,
  });
}

/** For one query. It ends as soon as the arguments alone are too many: a fragment has its own as often as it is spread. */
function withArguments(sizeOfField: FieldEstimator): FieldEstimator {
  let left = MAX_SIZE * ARGUMENTS_PER_VALUE;
  return (details) => {
    const count = countValues(Object.values(details.args), left);
    if (count > left) throw tooLarge(`${MAX_SIZE} values`, 'more');
    left -= count;
    return Math.floor(count / ARGUMENTS_PER_VALUE) + sizeOfField(details);
  };
}

function fieldEstimator(schema: GraphQLSchema): FieldEstimator {
  const fields = Object.values(schema.getTypeMap())
    .filter(isObjectType)
    .flatMap((type) => Object.values(type.getFields()));
  const roots = [schema.getQueryType(), schema.getMutationType()] as readonly (GraphQLNamedType | null | undefined)[];
  const pages = new Set<GraphQLNamedType>(fields.filter(lengthArgument).map(({ type }) => getNamedType(type)));

  return ({ field, type, args, childComplexity }) => {
    // Of the schema GraphQL itself does not answer lists in lists without end.
    if (isIntrospectionType(getNamedType(field.type)))
      return (field.name === '__schema' ? SCHEMA_SIZE : 1) + childComplexity;
    const work = (field.extensions['complexity'] as number | undefined) ?? (roots.includes(type) ? ROOT_WORK : 1);
    const argument = lengthArgument(field);
    const stated = statedLength(field, args);
    if (argument) return work + lengthOf(args[argument], MAX_LENGTHS[argument]!) * (stated ?? 1) * childComplexity;
    // The lists of a page are as long as its field was asked for.
    if (pages.has(type)) return work + childComplexity;
    const length = stated ?? ASSUMED_LENGTH;
    // Each entry of a list of scalars is a value.
    if (isListType(getNullableType(field.type))) return work + length * Math.max(childComplexity, 1);
    return work + Math.max(Math.ceil(length / ASSUMED_LENGTH), 1) * childComplexity;
  };
}

function statedLength({ extensions }: GraphQLField<unknown, unknown>, args: FieldArguments): number | undefined {
  const length = extensions['length'] as number | string | undefined;
  if (typeof length !== 'string') return length;
  const list = args[length];
  // Nothing times what is beyond all numbers is no number, which nothing is larger than.
  return Array.isArray(list) ? Math.max(list.length, 1) : undefined;
}

function lengthArgument({ args }: GraphQLField<unknown, unknown>): string | undefined {
  return args.find(({ name }) => name in MAX_LENGTHS)?.name;
}

/** What is out of range the resolver refuses; here it must not make the rest smaller, nor be refused first. */
function lengthOf(argument: unknown, most: number): number {
  return Math.min(Math.max((argument as number | null | undefined) ?? DEFAULT_FIRST, 1), most);
}
