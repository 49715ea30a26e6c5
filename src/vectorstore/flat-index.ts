import { toFunction } from './flat-index.filter.js';
import { inSteps, ranked, scoredPoint } from './scored-points.js';
import { VectorRows } from './vector-rows.js';
import { lengthOf } from '../inference/vectors.js';
import type { CollectionSpec, Filter, Payload, Point, ScoredPoint, VectorQuery } from './vectorstore.js';

type Page = Pick<VectorQuery, 'limit' | 'offset' | 'filter'>;
type Change = Pick<Point, 'id' | 'payload'>;

interface Entry {
  readonly id: string;
  payload: Payload;
  /** Of its vector. */
  length: number;
}

/**
 * Points in memory, each of which a search looks at: what it finds is exact under every filter and at every depth. Named
 * after the index of FAISS and Weaviate that works so. Means for each method what `VectorCollection` does.
 */
export class FlatIndex {
  /** By the row of their vector. */
  readonly #entries: Entry[] = [];
  readonly #rows = new Map<string, number>();
  readonly #vectors: VectorRows;

  /** @param maxPoints the most that it will ever have */
  constructor({ dimension }: CollectionSpec, maxPoints: number) {
    this.#vectors = new VectorRows(dimension, maxPoints);
  }

  get size(): number {
    return this.#entries.length;
  }

  upsert(points: readonly Point[]): void {
    for (const { id, vector, payload } of points) {
      const row = this.#rows.get(id) ?? this.size;
      this.#rows.set(id, row);
      this.#entries[row] = { id, payload, length: lengthOf(vector) };
      this.#vectors.set(row, vector);
    }
  }

  setPayload(changes: readonly Change[]): void {
    for (const { id, payload } of changes) {
      const row = this.#rows.get(id);
      if (row !== undefined) this.#entries[row]!.payload = payload;
    }
  }

  delete(ids: readonly string[]): void {
    for (const id of ids) {
      const row = this.#rows.get(id);
      if (row === undefined) continue;
      this.#rows.delete(id);
      const last = this.#entries.pop()!;
      if (last.id === id) continue;
      // Without a gap, so that all rows are looked at from end to end.
      this.#entries[row] = last;
      this.#rows.set(last.id, row);
      this.#vectors.set(row, this.#vectors.at(this.size));
    }
  }

  deleteMatching(filter: Filter): void {
    this.delete(this.#matching(filter).map(({ id }) => id));
  }

  get(ids: readonly string[]): Point[] {
    const rows = [...new Set(ids)].flatMap((id) => this.#rows.get(id) ?? []);
    return rows.map((row) => {
      const { id, payload } = this.#entries[row]!;
      return { id, vector: this.#vectors.at(row), payload };
    });
  }

  query({ vector, filter, limit, offset = 0 }: VectorQuery): ScoredPoint[] {
    const products = this.#vectors.dotProducts(vector, this.size);
    const matches = filter && toFunction(filter);
    const length = lengthOf(vector);
    const rows = new Int32Array(this.size);
    const scores = new Int32Array(this.size);
    let count = 0;
    for (let row = 0; row < this.size; row++) {
      const entry = this.#entries[row]!;
      if (matches && !matches(entry.id, entry.payload)) continue;
      rows[count] = row;
      scores[count++] = inSteps(products[row]! / (length * entry.length));
    }
    const end = offset + limit;
    const least = count > end ? scores.slice(0, count).sort()[count - end]! : -Infinity;
    const best: ScoredPoint[] = [];
    for (let place = 0; place < count; place++)
      if (scores[place]! >= least) best.push(scoredPoint(this.#entries[rows[place]!]!.id, scores[place]!));
    return ranked(best).slice(offset, end);
  }

  /** What matches, by id, where nothing tells one from the other but that. */
  allEqual({ filter, limit, offset = 0 }: Page): ScoredPoint[] {
    const points = this.#matching(filter).map(({ id }) => ({ id, score: 0 }));
    return ranked(points).slice(offset, offset + limit);
  }

  count(filter?: Filter): number {
    return filter ? this.#matching(filter).length : this.size;
  }

  #matching(filter: Filter | undefined): readonly Entry[] {
    if (!filter) return this.#entries;
    const matches = toFunction(filter);
    return this.#entries.filter(({ id, payload }) => matches(id, payload));
  }
}
