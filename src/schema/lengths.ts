/** How long a list is taken to be that may be much longer than most, where no argument says it. */
export const LENGTH = {
  /** Of 1,000 that it may have. */
  labelsOfSet: 100,
  /** Of 1,000 assets that may have been changed: of as many, their labels with all that is shown of them are too much. */
  undone: 500,
} as const;
