/** @returns undefined for what is no JSON: for a schema to refuse, as it does anything else that it does not expect */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
