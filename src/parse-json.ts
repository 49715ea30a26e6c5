import type { z } from 'zod';

/**
 * Takes a byte order mark before it too, as editors write it.
 * @returns undefined for what is no JSON: for a schema to refuse, as it does anything else that it does not expect
 */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    return undefined;
  }
}

/** What is of a schema, or else what is the matter with it, to come after "received". */
export type Checked<T> = { readonly data: T; readonly problems?: undefined } | { readonly problems: string };

export function checkJson<T>(schema: z.ZodType<T>, text: string): Checked<T> {
  const json = parseJson(text);
  return json === undefined ? { problems: 'what is no JSON' } : check(schema, json);
}

export function check<T>(schema: z.ZodType<T>, value: unknown): Checked<T> {
  const parsed = schema.safeParse(value);
  return parsed.success ? { data: parsed.data } : { problems: problemsIn(parsed.error) };
}

/** What a schema refuses, each with the field that it is about. */
export function problemsIn({ issues }: z.ZodError): string {
  return issues.map(({ path, message }) => `${path.join('.') || 'the whole'}: ${message}`).join('; ');
}
