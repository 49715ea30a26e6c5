import type { PrismaClient } from '../database/database.js';
import { AfterimageError } from '../errors.js';

const COUNT_EVERY_MS = 1_000;

/**
 * Keeps uploads out while too many of them wait to be processed. What else waits is short, and may come from one change
 * of a label that a whole library has: nobody who uploads is to wait for that. It counts at most once a second, and no
 * further than the limit; what this process lets in between is added. With many processes it may be passed by what they let
 * in within a second.
 */
export class Backlog {
  #countedAt = -Infinity;
  #waiting: Promise<number> = Promise.resolve(0);
  #letIn = 0;

  constructor(
    private readonly prisma: PrismaClient,
    private readonly maxWaiting: number,
  ) {}

  /** To be called for each job before it is enqueued. @throws BACKLOG_FULL */
  async requireRoom(): Promise<void> {
    if (Date.now() - this.#countedAt >= COUNT_EVERY_MS) {
      this.#countedAt = Date.now();
      this.#letIn = 0;
      this.#waiting = this.#count();
    }
    // A count that failed is not asked again for a second: others would fail like it.
    const waiting = (await this.#waiting) + this.#letIn;
    if (waiting >= this.maxWaiting)
      throw new AfterimageError(
        'BACKLOG_FULL',
        `expected fewer than ${this.maxWaiting} pictures that wait to be processed before another upload, received ${waiting}: try again later`,
      );
    this.#letIn++;
  }

  async #count(): Promise<number> {
    const [row] = await this.prisma.$queryRaw<[{ count: number }]>`
      SELECT count(*)::int AS "count" FROM (
        SELECT FROM "job" WHERE "state" = 'QUEUED' AND "kind" = 'PROCESS_ASSET' LIMIT ${this.maxWaiting}) AS "waiting"`;
    return row.count;
  }
}
