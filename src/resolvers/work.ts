/** What a field takes beyond the values of its answer, counted in such values: some 20 µs each. */
export const WORK = {
  /** A count, or a list below another object: a statement of its own, or, of a smart collection, a search. */
  list: 50,
  search: 500,
  /** A statement for each type that it may be of, as a field of Query for one of them counts as 100. */
  node: 500,
} as const;
