import type { z } from 'zod';
import { AfterimageError } from '../errors.js';
import { checkJson } from '../parse-json.js';

/**
 * @param text of a JSON file that belongs to a model
 * @param what the file should be, and where it is: how an error names it
 * @throws MODEL_INVALID for what is no JSON, or naming every field that is not of the schema
 */
export function parseModelJson<T>(
  text: string,
  schema: z.ZodType<T>,
  { what, source }: { readonly what: string; readonly source: string },
): T {
  const checked = checkJson(schema, text);
  if (checked.problems === undefined) return checked.data;
  throw new AfterimageError('MODEL_INVALID', `expected ${what} in ${source}, received ${checked.problems}`);
}
