import { getNullableType, isListType, type GraphQLField } from 'graphql';
import { DEFAULT_FIRST, MAX_FIRST } from '../pagination.js';

/** Of a list of which nothing says how long it is. */
const ASSUMED_LENGTH = 10;
/** The most that each takes of the arguments that say how long the lists of a page are. */
const MAX_LENGTHS: Readonly<Record<string, number>> = { first: MAX_FIRST, limit: 2_000, k: 50 };

export interface FieldOfRequest {
  readonly field: GraphQLField<unknown, unknown>;
  readonly args: Readonly<Record<string, unknown>>;
  /** What a field is worth that does not say its `complexity`. */
  readonly work: number;
  /** Of the lists of the object that it is a field of, where the field above says it. */
  readonly asked: number | undefined;
}

/**
 * The size of a field, and of all that is below it. What it takes beyond its values it says as its `complexity`; how long
 * a list is, as its `length`: a number, or the name of the argument that brings one entry for each of its own. The lists
 * of a payload follow the `length` of the field that answers with it, as those of a page do its `first`.
 *
 * @param below counts what is selected of one object, by how long the lists of that are asked to be
 */
export function sizeOfField(
  { field, args, work: usual, asked }: FieldOfRequest,
  below: (asked: number | undefined) => number,
): number {
  const work = (field.extensions['complexity'] as number | undefined) ?? usual;
  const length = lengthOf(field, args);
  const page = pageLength(field, args);
  if (!isListType(getNullableType(field.type))) return work + below(page ?? length);
  if (length === undefined && asked !== undefined) return asked * (work + below(page));
  return work + (length ?? ASSUMED_LENGTH) * below(page);
}

function lengthOf({ extensions }: FieldOfRequest['field'], args: FieldOfRequest['args']): number | undefined {
  const length = extensions['length'] as number | string | undefined;
  if (typeof length !== 'string') return length;
  const list = args[length];
  // Nothing times what is beyond all numbers is no number, which nothing is larger than.
  return Array.isArray(list) ? Math.max(list.length, 1) : undefined;
}

/** What is out of range the resolver refuses; here it must not make the rest smaller, nor be refused first. */
function pageLength({ args: known }: FieldOfRequest['field'], args: FieldOfRequest['args']): number | undefined {
  const name = known.find((argument) => argument.name in MAX_LENGTHS)?.name;
  if (name === undefined) return undefined;
  return Math.min(Math.max((args[name] as number | null | undefined) ?? DEFAULT_FIRST, 1), MAX_LENGTHS[name]!);
}
