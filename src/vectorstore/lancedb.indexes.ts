import { Index, type IndexConfig, type Table } from '@lancedb/lancedb';
import { isConflict, isShortage, retryConflicts } from './lancedb.failure.js';
import type { CollectionSpec } from './vectorstore.js';

/** To look for damage is to read all indexes: where none was found, there is none for a while. */
const LOOK_AGAIN_MS = 60_000;

/** The indexes of a table. What they say its rows say too, only slower: one that is damaged is no loss. */
export class LanceDbIndexes {
  #looking: Promise<boolean> | undefined;
  #foundNoneAt = -Infinity;
  #dropped = 0;

  constructor(
    private readonly table: Table,
    private readonly spec: CollectionSpec,
  ) {}

  /**
   * Makes those of the fields that are not there.
   *
   * LanceDB 0.31 goes on answering from a bitmap, as from its index of lists, what a row held before `setPayload`: so there
   * are trees only, which are as fast, and none for lists. Reading them all takes 10 ms for 50,000 rows.
   */
  async createForFields(): Promise<void> {
    const { payload } = this.spec;
    const indexes = await this.table.listIndices();
    // Of a version whose indexes may hold what was changed long ago: all of its fields are indexed anew, once.
    const isOutdated = indexes.some(({ indexType }) => indexType === 'Bitmap');
    const indexed = new Set(isOutdated ? [] : indexes.map(({ columns }) => columns[0]));
    const wanted = ['id', ...Object.keys(payload).filter((field) => payload[field] !== 'keywords')];
    for (const column of wanted)
      if (!indexed.has(column)) await this.table.createIndex(column, { config: Index.btree() });
  }

  /**
   * Drops the trees that cannot be read, when the table is opened: a search that goes by one of some kinds of damage gets no
   * answer from LanceDB 0.31, not even an error.
   */
  async dropDamagedTrees(): Promise<void> {
    const indexes = await this.table.listIndices();
    await this.#dropUnreadable(indexes.filter(({ indexType }) => indexType === 'BTree'));
  }

  /**
   * Runs what may go by an index. Where it fails, and one cannot be read, that one is dropped, and it is run again, by the
   * rows.
   * @param onDropped has maintenance make it anew
   * @throws what it failed by
   */
  async using<Result>(run: () => Promise<Result>, onDropped?: () => void): Promise<Result> {
    const dropped = this.#dropped;
    try {
      return await run();
    } catch (error) {
      if (isConflict(error)) throw error;
      // Another may have failed by the same one, and be ahead. Where nobody can look, the first error says more.
      const isMended = this.#dropped > dropped || (await this.#dropDamaged().catch(() => false));
      if (!isMended) throw error;
      onDropped?.();
      return run();
    }
  }

  #dropDamaged(): Promise<boolean> {
    this.#looking ??= this.#lookForDamage().finally(() => (this.#looking = undefined));
    return this.#looking;
  }

  async #lookForDamage(): Promise<boolean> {
    if (performance.now() - this.#foundNoneAt < LOOK_AGAIN_MS) return false;
    const before = this.#dropped;
    await this.#dropUnreadable(await this.table.listIndices());
    if (this.#dropped > before) return true;
    this.#foundNoneAt = performance.now();
    return false;
  }

  /** @throws where the system is short of what it takes to read them */
  async #dropUnreadable(indexes: readonly IndexConfig[]): Promise<void> {
    for (const { name } of indexes)
      await this.table.prewarmIndex(name).catch(async (damage: unknown) => {
        if (isShortage(damage)) throw damage;
        await retryConflicts(() => this.table.dropIndex(name));
        this.#dropped++;
        process.emitWarning(
          `the index ${name} of the collection ${this.spec.name} is damaged: it is made anew, and until then searches are slower: ${String(damage)}`,
        );
      });
  }
}
