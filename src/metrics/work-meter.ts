import type { JobKind } from '../database/generated/enums.js';
import type { ErrorCode } from '../errors.js';

/** What came of a piece of work: the code of its error where there is one. */
export type Outcome = 'ok' | ErrorCode;

/** Is told of the work of this process by whoever does it. */
export interface WorkMeter {
  /** @param type unknown of a document that could not be read */
  operation(type: 'query' | 'mutation' | 'subscription' | 'unknown', outcome: Outcome, durationMs: number): void;
  upload(outcome: 'uploaded' | 'duplicate' | ErrorCode): void;
  /** @param mode of a search by text, or SIMILAR. Of those that were answered. */
  search(mode: string, durationMs: number): void;
  /** One run; a job that is tried again has several. */
  job(kind: JobKind, outcome: Outcome, durationMs: number): void;
  /** What an inference thread has encoded, and how long that kept it busy. */
  encoded(part: 'text' | 'image', count: number, durationMs: number): void;
}
