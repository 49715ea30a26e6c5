import type { Table } from '@lancedb/lancedb';
// As in lancedb.rows.ts.
import arrow = require('apache-arrow');
import { LRUCache } from 'lru-cache';
import { idsOf, vectorsOf } from './lancedb.rows.js';
import { lengthOf } from '../inference/vectors.js';

/** What is kept: 10,000 to 20,000 rows of the usual dimensions. */
const MAX_BYTES = 32 << 20;
/** What a row takes beside the numbers of its vector. */
const BYTES_PER_ROW = 400;
/** So often at most all are read again: where files were merged they lie elsewhere, and a reading may have failed. */
const READ_AGAIN_MS = 60_000;

export interface KnownRow {
  readonly id: string;
  readonly vector: Float32Array;
  /** Of the vector. */
  readonly length: number;
}

/**
 * The rows of a table by where they lie, those of a small one from memory. What lies at an address never changes: a row that is
 * written again, or whose file is merged with others, lies elsewhere from then on.
 */
export class KnownRows {
  readonly #known: LRUCache<bigint, KnownRow>;
  #isSmall = false;
  #reading: Promise<void> | undefined;
  #readAt = -Infinity;
  #isClosed = false;

  constructor(
    readonly table: Table,
    dimension: number,
  ) {
    const bytes = dimension * Float32Array.BYTES_PER_ELEMENT + BYTES_PER_ROW;
    this.#known = new LRUCache({ max: Math.ceil(MAX_BYTES / bytes) });
  }

  /**
   * @param addresses as of the column `_rowid`
   * @returns the rows by their addresses; undefined where some lie there no more
   */
  async at(addresses: Iterable<bigint>): Promise<ReadonlyMap<bigint, KnownRow> | undefined> {
    const rows = new Map<bigint, KnownRow>();
    const unknown = new Set<bigint>();
    for (const address of addresses) {
      const row = this.#known.get(address);
      if (row) rows.set(address, row);
      else unknown.add(address);
    }
    if (unknown.size === 0) return rows;
    this.#readAllNowAndThen();
    const read = await this.table
      .takeRowIds([...unknown])
      .select(['id', 'vector'])
      .withRowId()
      .toArrow();
    for (const [address, row] of rowsOf(read)) {
      rows.set(address, row);
      if (this.#isSmall) this.#known.set(address, row);
    }
    return read.numRows < unknown.size ? undefined : rows;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#reading;
  }

  #readAllNowAndThen(): void {
    if (this.#reading || this.#isClosed || performance.now() - this.#readAt < READ_AGAIN_MS) return;
    this.#reading = this.#readAll()
      // Whoever searches has what it finds read anew each time, until a later reading.
      .catch((error: unknown) => process.emitWarning(`the rows of ${this.table.name} were not read: ${String(error)}`))
      .finally(() => {
        this.#reading = undefined;
        this.#readAt = performance.now();
      });
  }

  async #readAll(): Promise<void> {
    const isSmall = (await this.table.countRows()) <= this.#known.max;
    if (!isSmall) this.#known.clear();
    else
      for await (const batch of this.table.query().select(['id', 'vector']).withRowId()) {
        if (this.#isClosed) return;
        for (const [address, row] of rowsOf(new arrow.Table(batch))) this.#known.set(address, row);
      }
    this.#isSmall = isSmall;
  }
}

function rowsOf(found: arrow.Table): [bigint, KnownRow][] {
  const vectors = vectorsOf(found);
  const addresses = found.getChild('_rowid')?.toArray() as BigUint64Array;
  return idsOf(found).map((id, place) => {
    const vector = vectors[place]!;
    return [addresses[place]!, { id, vector, length: lengthOf(vector) }];
  });
}
