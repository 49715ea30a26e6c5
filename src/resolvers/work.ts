/** What a field takes beyond the values of its answer, counted in such values: some 20 µs each. */
export const WORK = {
  /** A count, or a list below another object: a statement of its own, or, of a smart collection, a search. */
  list: 50,
  search: 500,
  /** A statement for each type that it may be of, as a field of Query for one of them counts as 100. */
  node: 500,
  /** A query that was stored, of up to thousands of values. */
  stored: 100,
  /** A file that is written for it, of up to some megabytes. */
  file: 5_000,
} as const;
