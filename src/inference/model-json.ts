import type { z } from 'zod';
import { AfterimageError } from '../errors.js';
import { parseJson, problemsIn } from '../parse-json.js';

/**
 * @param text of a JSON file that belongs to a model
 * @param what the file should be, and where it is: how an error names it
 * @throws MODEL_INVALID for what is no JSON, or naming every field that is not of the schema
 */
export function parseModelJson<Schema extends z.ZodType>(
  text: string,
  schema: Schema,
  { what, source }: { readonly what: string; readonly source: string },
): z.output<Schema> {
  const json = parseJson(text);
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const received = json === undefined ? 'no JSON' : problemsIn(parsed.error);
  throw new AfterimageError('MODEL_INVALID', `expected ${what} in ${source}, received ${received}`);
}
