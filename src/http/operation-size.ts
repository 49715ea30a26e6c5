import {
  getArgumentValues,
  getNamedType,
  isAbstractType,
  isIntrospectionType,
  isObjectType,
  Kind,
  SchemaMetaFieldDef,
  TypeMetaFieldDef,
  TypeNameMetaFieldDef,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
  type NamedTypeNode,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import { sizeOfField } from './field-size.js';
import { countValues, OBJECT_WEIGHT } from '../count-values.js';
import { AfterimageError } from '../errors.js';
import { isIncluded } from '../resolvers/is-included.js';

/** Objects and values of an answer: about a second of work. */
const MAX_SIZE = 60_000;
/** So many values of the arguments of a field, or an object of them, are as much work as a value of an answer. */
const ARGUMENTS_PER_VALUE = OBJECT_WEIGHT;
/** Places in a document, those of a fragment wherever it is spread. */
const MAX_SELECTIONS = 10_000;
/** Of a field of Query or Mutation that says nothing else: each runs statements of its own. */
const ROOT_WORK = 100;
/** About what there is to say of the schema. */
const SCHEMA_SIZE = 5_000;

/** Counts one operation, from above: the field above a list may say how long it is. */
export class OperationSize {
  readonly #fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  #selectionsLeft = MAX_SELECTIONS;
  #argumentsLeft = MAX_SIZE * ARGUMENTS_PER_VALUE;

  /** @param variables as `checkVariables` returns them, of a document that is valid */
  constructor(
    private readonly schema: GraphQLSchema,
    { definitions }: DocumentNode,
    private readonly variables: Readonly<Record<string, unknown>>,
  ) {
    const fragments = definitions.filter((definition) => definition.kind === Kind.FRAGMENT_DEFINITION);
    this.#fragments = new Map(fragments.map((fragment) => [fragment.name.value, fragment]));
  }

  /** @throws QUERY_TOO_LARGE; a GraphQLError for a value of the document that does not fit */
  check({ operation, selectionSet }: OperationDefinitionNode): void {
    const size = this.#ofSelections(selectionSet, this.schema.getRootType(operation)!);
    if (size > MAX_SIZE) throw tooLarge(`${MAX_SIZE} values`, Number.isFinite(size) ? String(size) : 'more');
  }

  /** Of one of several types it is the largest. */
  #ofObject(selectionSet: SelectionSetNode, type: GraphQLNamedType, asked: number | undefined): number {
    if (isObjectType(type)) return this.#ofSelections(selectionSet, type, asked);
    if (!isAbstractType(type)) return 0;
    const sizes = this.schema.getPossibleTypes(type).map((each) => this.#ofSelections(selectionSet, each, asked));
    return Math.max(...sizes);
  }

  #ofSelections({ selections }: SelectionSetNode, type: GraphQLObjectType, asked?: number): number {
    let size = 0;
    for (const selection of selections) {
      if (this.#selectionsLeft-- === 0) throw tooManySelections();
      if (!isIncluded(selection, this.variables)) continue;
      if (selection.kind === Kind.FIELD) {
        size += this.#ofField(selection, type, asked);
        continue;
      }
      const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : this.#fragments.get(selection.name.value)!;
      if (this.#isOn(fragment.typeCondition, type)) size += this.#ofSelections(fragment.selectionSet, type, asked);
    }
    return size;
  }

  #ofField(node: FieldNode, type: GraphQLObjectType, asked: number | undefined): number {
    const field = fieldOf(type, node.name.value);
    const args = getArgumentValues(field, node, this.variables);
    const below = (length?: number) =>
      node.selectionSet ? this.#ofObject(node.selectionSet, getNamedType(field.type), length) : 0;
    // Of the schema GraphQL itself does not answer lists in lists without end.
    if (isIntrospectionType(getNamedType(field.type)))
      return (field === SchemaMetaFieldDef ? SCHEMA_SIZE : 1) + below();
    const isRoot = type === this.schema.getQueryType() || type === this.schema.getMutationType();
    return this.#ofArguments(args) + sizeOfField({ field, args, work: isRoot ? ROOT_WORK : 1, asked }, below);
  }

  /** Ends as soon as the arguments alone are too many: a fragment has its own as often as it is spread. */
  #ofArguments(args: Readonly<Record<string, unknown>>): number {
    const count = countValues(Object.values(args), this.#argumentsLeft);
    if (count > this.#argumentsLeft) throw tooLarge(`${MAX_SIZE} values`, 'more');
    this.#argumentsLeft -= count;
    return Math.floor(count / ARGUMENTS_PER_VALUE);
  }

  #isOn(condition: NamedTypeNode | undefined, type: GraphQLObjectType): boolean {
    if (!condition) return true;
    const named = this.schema.getType(condition.name.value);
    return named === type || (isAbstractType(named) && this.schema.isSubType(named, type));
  }
}

export function tooManySelections(cause?: unknown): AfterimageError {
  return tooLarge(`${MAX_SELECTIONS} selections`, 'more', cause);
}

function tooLarge(limit: string, received: string, cause?: unknown): AfterimageError {
  return new AfterimageError('QUERY_TOO_LARGE', `expected at most ${limit} for the query, received ${received}`, {
    cause,
  });
}

function fieldOf(type: GraphQLObjectType, name: string) {
  const ofAll = [SchemaMetaFieldDef, TypeMetaFieldDef, TypeNameMetaFieldDef];
  return ofAll.find((field) => field.name === name) ?? type.getFields()[name]!;
}
