import { dirname } from 'node:path';
import { orMissing } from './filesystem-errors.js';
import { syncFolder } from '../sync-folder.js';

const MAX_REMEMBERED = 10_000;

/**
 * Makes the names of new files durable. It remembers the folders whose own names are, all the way up to the root: of
 * these only the folder of the file itself is synced. Without that most of the time of a write was spent on syncing
 * folders in which nothing had changed.
 */
export class DurableFolders {
  readonly #durable = new Set<string>();
  /** Removals that have begun so far, and those of them that have not ended. */
  #removals = 0;
  #running = 0;

  constructor(
    private readonly root: string,
    private readonly syncNames: (folder: string) => Promise<void> = syncFolder,
  ) {}

  /** Resolves when the name of a file that has just come into `folder` is durable. */
  async sync(folder: string): Promise<void> {
    const removals = this.#removals;
    const isQuiet = this.#running === 0;
    await orMissing(this.syncNames(folder));
    const passed: string[] = [];
    for (let path = folder; path !== this.root; path = dirname(path)) {
      if (isQuiet && this.#durable.has(path)) break;
      await orMissing(this.syncNames(dirname(path)));
      passed.push(path);
    }
    // A folder that was removed meanwhile may have been made again by somebody else, who has not synced it yet.
    if (!isQuiet || removals !== this.#removals) return;
    if (this.#durable.size >= MAX_REMEMBERED) this.#durable.clear();
    for (const path of passed) this.#durable.add(path);
  }

  /** Runs what may remove folders; meanwhile nothing is taken for durable that is not synced. */
  async removing<T>(run: () => Promise<T>): Promise<T> {
    this.#running++;
    this.#removals++;
    this.#durable.clear();
    try {
      return await run();
    } finally {
      this.#running--;
    }
  }
}
