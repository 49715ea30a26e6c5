import { isNested } from '../count-values.js';
import { AfterimageError } from '../errors.js';

/** Levels of objects and lists; no input of the schema is understood as deep as that. */
export const MAX_DEPTH = 100;

/**
 * To be called before what GraphQL reads level by level, each on the stack of the one before.
 * @throws GRAPHQL_INVALID
 */
export function checkDepth(variables: unknown): void {
  let level = [variables];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > MAX_DEPTH)
      throw new AfterimageError(
        'GRAPHQL_INVALID',
        `expected at most ${MAX_DEPTH} levels for the variables, received more`,
      );
    level = level.flatMap((value) => (isNested(value) ? Object.values(value) : []));
  }
}
