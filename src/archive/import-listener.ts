/** Is told how far an import has come, and a sentence about each of the others. */
export interface ImportListener {
  /** Called at the beginning, and after each asset of the archive. */
  onProgress?(done: number, total: number): void;
  /** What could not be imported as it was exported. */
  onProblem(problem: string): void;
  /** The same bytes are there under another id. */
  onDuplicate(duplicate: string): void;
}
