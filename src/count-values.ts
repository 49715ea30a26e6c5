/** What holding an object costs beside what it holds: all fields of its type are looked at, whether it has them or not. */
export const OBJECT_WEIGHT = 50;

/**
 * How many values there are in what a request brings, or is answered with as JSON: each entry of a list and of an object is one, each object `OBJECT_WEIGHT` more.
 * Not more of it is walked than it takes to know that there are more than `most`.
 *
 * @returns the count, or Infinity where it is more than `most`
 */
export function countValues(input: unknown, most: number): number {
  let count = 0;
  const nested = isNested(input) ? [input] : [];
  for (const each of nested) {
    // A list may be long without holding anything: a file of a multipart request can have any place in it.
    const values: unknown[] = Array.isArray(each) ? each : Object.values(each);
    count += values.length + (values === each ? 0 : OBJECT_WEIGHT);
    if (count > most) return Infinity;
    for (const value of values) if (isNested(value)) nested.push(value);
  }
  return count;
}

/** The files of an upload hold what is not to be looked at. */
export function isNested(value: unknown): value is object {
  return Array.isArray(value) || (typeof value === 'object' && value !== null && isPlain(value));
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
