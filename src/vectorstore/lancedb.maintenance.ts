import { readdir, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Index, type Table } from '@lancedb/lancedb';
import pLimit from 'p-limit';
import { isConflict, retryConflicts } from './lancedb.failure.js';
import type { LanceDbFiles } from './lancedb.files.js';
import type { LanceDbIndexes } from './lancedb.indexes.js';
import type { CollectionSpec } from './vectorstore.js';

// A commit leaves a fragment and a version behind, and every fragment slows later writes and searches. To merge them is to
// copy the table, which is hardly any work while it is small.
const LEAST_COMMITS = 16;
const MOST_COMMITS = 64;
const ROWS_PER_COMMIT = 1_000;
const IDLE_MS = 1_000;
// A search reads the version it began with: its files have to outlive it.
const VERSION_KEPT_MS = 15_000;
const MIN_INDEXED_ROWS = 2_000;
const MAX_INDEX_SEGMENTS = 4;
const ROWS_PER_PARTITION = 100_000;

/** Keeps one table small and indexed while it is written to and searched. */
export class LanceDbMaintenance {
  /** Two that index and merge the same rows would have one of them lose its work. */
  readonly #oneAtATime = pLimit(1);
  readonly #fieldIndexes = pLimit(1);
  #commits = 0;
  #commitsBetweenRuns = LEAST_COMMITS;
  #running: Promise<void> | undefined;
  #idle: NodeJS.Timeout | undefined;
  #isClosed = false;

  /**
   * @param folder of the table
   * @param runAlone calls `run(true)` while nothing else writes
   * @param isInMemory whether searches read nothing of the table
   */
  constructor(
    private readonly table: Table,
    private readonly spec: CollectionSpec,
    private readonly indexes: LanceDbIndexes,
    private readonly folder: string,
    private readonly files: LanceDbFiles,
    private readonly runAlone: () => Promise<void>,
    private readonly isInMemory: () => boolean,
  ) {}

  noteCommit(): void {
    this.#commits++;
    if (this.#commits >= this.#commitsBetweenRuns) this.#start();
    else this.#startWhenIdle();
  }

  /**
   * Runs a change of payloads while no index of a field is brought up to date: LanceDB (0.31) would index the values of before,
   * which a filter then goes by for good.
   */
  changeFields(change: () => Promise<void>): Promise<void> {
    return this.#fieldIndexes(change);
  }

  /** Waits for what is under way; nothing starts any more. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#idle);
    await this.#running;
  }

  /**
   * Indexes what is new, merges small fragments and removes old versions.
   * @param isAlone whether nothing else writes meanwhile; then also what killed or losing writes left behind is removed
   */
  async run(isAlone: boolean): Promise<void> {
    try {
      await this.#oneAtATime(() => this.indexes.using(() => this.#work(isAlone)));
    } catch (error) {
      // Under steady replacing it would lose every time, and its work would be left on the disk.
      if (!isAlone && isConflict(error)) return this.runAlone();
      // The table works without it, only slower, and the next run does what this one did not.
      process.emitWarning(`maintenance of the collection ${this.spec.name} failed: ${String(error)}`);
    }
  }

  async #work(isAlone: boolean): Promise<void> {
    const rows = await this.table.countRows();
    // Then they only slow down some writes.
    this.#commitsBetweenRuns = this.isInMemory()
      ? MOST_COMMITS
      : Math.min(Math.max(LEAST_COMMITS, rows / ROWS_PER_COMMIT), MOST_COMMITS);
    await this.#fieldIndexes(() => this.indexes.createForFields());
    if (!this.isInMemory()) await this.#indexVectors(rows);
    // What is merged is durable before that of which it is made is removed.
    const before = await this.table.version();
    await this.#fieldIndexes(() => this.table.optimize());
    const isNewer = (await this.table.version()) > before;
    await this.files.sync();
    // Old versions go only where one is left that is durable: a new one is too young to go, and when nothing is written the last
    // one is. Else it would be old itself, and one that is just being written would take its place.
    if (isNewer || isAlone)
      await this.#fieldIndexes(() =>
        this.table.optimize({
          cleanupOlderThan: new Date(Date.now() - VERSION_KEPT_MS),
          deleteUnverified: isAlone,
        }),
      );
    await this.#removeEmptyFolders();
    await this.files.sync();
  }

  /** LanceDB removes the files of an index that was replaced, and leaves its folder. Nobody else makes any meanwhile. */
  async #removeEmptyFolders(): Promise<void> {
    const indexes = join(this.folder, '_indices');
    // Whatever is not empty stays.
    for (const name of await readdir(indexes)) await rmdir(join(indexes, name)).catch(() => undefined);
  }

  #start(): void {
    if (this.#running || this.#isClosed) return;
    this.#commits = 0;
    this.#running = this.run(false).finally(() => {
      this.#running = undefined;
      if (this.#commits > 0) this.#startWhenIdle();
    });
  }

  #startWhenIdle(): void {
    if (this.#isClosed) return;
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => this.#start(), IDLE_MS).unref();
  }

  /**
   * Eight-bit RaBitQ codes, read from end to end, then the best re-ranked by their full vectors: as fast as a graph at
   * these sizes, exact under every filter, and built in two thirds of the time. It takes dimensions that are multiples of
   * eight only; others are searched exactly.
   */
  async #indexVectors(rows: number): Promise<void> {
    const { dimension } = this.spec;
    if (rows < MIN_INDEXED_ROWS || dimension % 8 !== 0) return;
    const index = (await this.table.listIndices()).find(({ columns }) => columns[0] === 'vector');
    if (index && (index.numSegments ?? 0) <= MAX_INDEX_SEGMENTS) return;
    const numPartitions = Math.ceil(rows / ROWS_PER_PARTITION);
    // Anew for each try: one that was used cannot be used again.
    const config = () => Index.ivfRq({ distanceType: 'cosine', numBits: 8, numPartitions });
    await retryConflicts(() => this.table.createIndex('vector', { config: config() }));
  }
}
