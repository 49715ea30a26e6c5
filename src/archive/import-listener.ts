/** Is told a sentence about each. */
export interface ImportListener {
  /** What could not be imported as it was exported. */
  onProblem(problem: string): void;
  /** The same bytes are there under another id. */
  onDuplicate(duplicate: string): void;
}
