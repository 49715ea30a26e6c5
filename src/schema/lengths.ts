/** How long a list is taken to be that may be much longer than most, where no argument says it. */
export const LENGTH = {
  /** Of 1,000 that it may have. */
  labelsOfSet: 50,
  /** Of 1,000 labels that a picture may be asked for. */
  classified: 100,
  /** Of a year of days, which a timeline may have several of. */
  buckets: 365,
  /** Of 1,000 assets that may have been changed: of as many, their labels with all that is shown of them are too much. */
  undone: 500,
} as const;

/** What a text of up to 10,000 characters counts as. */
export const LONG_TEXT = 10;
