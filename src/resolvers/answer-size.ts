import { Kind, type GraphQLResolveInfo, type SelectionSetNode } from 'graphql';
import { isIncluded } from './is-included.js';
import { countValues } from '../count-values.js';
import { AfterimageError } from '../errors.js';

/** Values in the lists and the JSON of an answer: five times what a request may ask for, since what it asks for is an estimate. */
const MAX_VALUES = 300_000;

/** Counts the lists and the JSON of one answer while it is made. */
export class AnswerSize {
  #left = MAX_VALUES;
  /** Fields below a place of the document. */
  readonly #fields = new Map<SelectionSetNode, number>();

  /**
   * To be called before anything is made of the entries. What is below a list in each of them counts by itself.
   * @throws QUERY_TOO_LARGE
   */
  add(length: number, info: GraphQLResolveInfo): void {
    const fields = info.fieldNodes.reduce((sum, { selectionSet }) => sum + this.#fieldsIn(selectionSet, info), 0);
    this.#take(length * (1 + fields));
  }

  /** The same for JSON, of which no document says what there is in it. @throws QUERY_TOO_LARGE */
  addJson(value: unknown): void {
    this.#take(countValues(value, Math.max(this.#left, 0)));
  }

  #take(count: number): void {
    this.#left -= count;
    if (this.#left >= 0) return;
    const message = `expected at most ${MAX_VALUES} values in lists and JSON of the answer, received more: ask for fewer`;
    throw new AfterimageError('QUERY_TOO_LARGE', message);
  }

  /** Of one of several types, the fields of all. */
  #fieldsIn(selectionSet: SelectionSetNode | undefined, info: GraphQLResolveInfo): number {
    if (!selectionSet) return 0;
    const known = this.#fields.get(selectionSet);
    if (known !== undefined) return known;
    let count = 0;
    for (const node of selectionSet.selections) {
      if (!isIncluded(node, info.variableValues)) continue;
      const below = node.kind === Kind.FRAGMENT_SPREAD ? info.fragments[node.name.value]! : node;
      count += (node.kind === Kind.FIELD ? 1 : 0) + this.#fieldsIn(below.selectionSet, info);
    }
    this.#fields.set(selectionSet, count);
    return count;
  }
}
