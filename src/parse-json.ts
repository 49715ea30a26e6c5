import type { z } from 'zod';

/** @returns undefined for what is no JSON: for a schema to refuse, as it does anything else that it does not expect */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What a schema refuses, each with the field that it is about. */
export function problemsIn({ issues }: z.ZodError): string {
  return issues.map(({ path, message }) => `${path.join('.') || 'the whole'}: ${message}`).join('; ');
}
