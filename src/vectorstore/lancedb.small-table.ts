import type { Table } from '@lancedb/lancedb';
// As in lancedb.rows.ts.
import arrow = require('apache-arrow');
import { FlatIndex } from './flat-index.js';
import { tableToPoints } from './lancedb.rows.js';
import type { Row, Write } from './queued-collection.js';
import { timeSlices } from '../time-slices.js';
import type { CollectionSpec, Point } from './vectorstore.js';

/** What a point takes beside the numbers of its vector: mostly its payload. */
const BYTES_PER_POINT = 800;
/** So full at most it is read, so that a table at the limit is not read again and again. */
const FULL = 0.9;
const READ_AGAIN_MS = 60_000;
/** A few milliseconds. */
const ROWS_PER_SLICE = 256;

/**
 * The points of a small table in memory, for whoever reads them: LanceDB, which reads files and goes through other threads,
 * takes several times as long. For a table that only this process writes to.
 */
export class SmallTable {
  readonly #maxPoints: number;
  #points: FlatIndex | undefined;
  #readAt = -Infinity;

  /** @param maxBytes what may be kept, about */
  constructor(
    private readonly table: Table,
    private readonly spec: CollectionSpec,
    maxBytes: number,
  ) {
    this.#maxPoints = Math.floor(maxBytes / (spec.dimension * Float32Array.BYTES_PER_ELEMENT + BYTES_PER_POINT));
  }

  /** All that is written; undefined for a table that is too large, or was not read since a write failed. */
  get points(): FlatIndex | undefined {
    return this.#points;
  }

  /** Whether to read now; true once, until a while later. */
  isReadingDue(): boolean {
    const now = performance.now();
    if (this.#points || now - this.#readAt < READ_AGAIN_MS) return false;
    this.#readAt = now;
    return true;
  }

  /** To be called while nothing is written. */
  async read(): Promise<void> {
    this.#readAt = performance.now();
    // A write that failed may have been done all the same.
    await this.table.checkoutLatest();
    if ((await this.table.countRows()) >= this.#maxPoints * FULL) return;
    const points = new FlatIndex(this.spec, this.#maxPoints);
    const pause = timeSlices();
    for await (const batch of this.table.query())
      for (let start = 0; start < batch.numRows; start += ROWS_PER_SLICE) {
        points.upsert(tableToPoints(new arrow.Table(batch.slice(start, start + ROWS_PER_SLICE)), this.spec.payload));
        await pause();
      }
    this.#points = points;
  }

  /** To be called when a write is done, before anybody is told. */
  noteWrite(kind: Write, rows: readonly Row[]): void {
    try {
      this.#note(kind, rows);
    } catch (error) {
      // It is durable all the same: only the memory was not to be had.
      this.forget();
      process.emitWarning(`the points of ${this.spec.name} are kept in memory no more: ${String(error)}`);
    }
  }

  #note(kind: Write, rows: readonly Row[]): void {
    const points = this.#points;
    if (!points) return;
    if (kind === 'delete') points.delete(rows.map(({ id }) => id));
    else if (kind === 'deleteMatching') points.deleteMatching({ or: rows.map(({ filter }) => filter!) });
    else if (kind === 'setPayload') points.setPayload(rows as readonly Point[]);
    else if (points.size + rows.length > this.#maxPoints) this.forget();
    else points.upsert(rows as readonly Point[]);
  }

  /** To be called when nobody knows what a write has done. */
  forget(): void {
    this.#points = undefined;
  }
}
