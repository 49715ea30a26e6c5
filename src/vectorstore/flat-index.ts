import { LRUCache } from 'lru-cache';
import { matching, type Value } from './flat-index.filter.js';
import { inSteps, ranked, scoredPoint } from './scored-points.js';
import { VectorRows } from './vector-rows.js';
import { lengthOf } from '../inference/vectors.js';
import type { CollectionSpec, Filter, Payload, Point, ScoredPoint, VectorQuery } from './vectorstore.js';

type Page = Pick<VectorQuery, 'limit' | 'offset' | 'filter'>;
type Change = Pick<Point, 'id' | 'payload'>;

/** Most searches ask for the same: all that is in the library, and not in the trash. What has many ids in it is not kept. */
const REMEMBERED_BYTES = 1 << 20;

/**
 * Points in memory, each of which a search looks at: what it finds is exact under every filter and at every depth. Named
 * after the index of FAISS and Weaviate that works so. Means for each method what `VectorCollection` does.
 *
 * A point is a row of columns, none of which has a gap, so that a search goes through each from end to end.
 */
export class FlatIndex {
  readonly #rows = new Map<string, number>();
  readonly #ids: string[] = [];
  readonly #fields: ReadonlyMap<string, Value[]>;
  readonly #vectors: VectorRows;
  /** Of the vectors. */
  readonly #lengths: Float64Array;
  /** Which rows match, by filter, until anything changes. */
  readonly #matches = new LRUCache<string, Uint8Array>({
    maxSize: REMEMBERED_BYTES,
    sizeCalculation: (rows, filter) => rows.length + filter.length,
  });

  /** @param maxPoints the most that it will ever have */
  constructor({ dimension, payload }: CollectionSpec, maxPoints: number) {
    this.#fields = new Map(Object.keys(payload).map((field) => [field, []]));
    this.#vectors = new VectorRows(dimension, maxPoints);
    this.#lengths = new Float64Array(maxPoints);
  }

  get size(): number {
    return this.#ids.length;
  }

  upsert(points: readonly Point[]): void {
    this.#matches.clear();
    for (const point of points) this.#set(this.#rows.get(point.id) ?? this.size, point);
  }

  setPayload(changes: readonly Change[]): void {
    this.#matches.clear();
    for (const { id, payload } of changes) {
      const row = this.#rows.get(id);
      if (row !== undefined) this.#setFields(row, payload);
    }
  }

  delete(ids: readonly string[]): void {
    this.#matches.clear();
    for (const id of ids) {
      const row = this.#rows.get(id);
      if (row === undefined) continue;
      this.#set(row, this.#at(this.size - 1));
      this.#rows.delete(id);
      this.#ids.pop();
      for (const values of this.#fields.values()) values.pop();
    }
  }

  deleteMatching(filter: Filter): void {
    this.delete(this.#matchingIds(filter));
  }

  get(ids: readonly string[]): Point[] {
    return [...new Set(ids)].flatMap((id) => {
      const row = this.#rows.get(id);
      return row === undefined ? [] : this.#at(row);
    });
  }

  query({ vector, filter, limit, offset = 0 }: VectorQuery): ScoredPoint[] {
    const end = offset + limit;
    if (limit === 0) return [];
    const { size } = this;
    const products = this.#vectors.dotProducts(vector, size);
    const [ids, lengths] = [this.#ids, this.#lengths];
    const matches = filter && this.#matching(filter);
    const length = lengthOf(vector);
    let best: ScoredPoint[] = [];
    let least = -Infinity;
    for (let row = 0; row < size; row++) {
      if (matches && matches[row] === 0) continue;
      const steps = inSteps(products[row]! / (length * lengths[row]!));
      // One as near as the last may come before it by its id.
      if (steps < least) continue;
      best.push(scoredPoint(ids[row]!, steps));
      if (best.length < 2 * end) continue;
      best = ranked(best).slice(0, end);
      least = inSteps(best.at(-1)!.score);
    }
    return ranked(best).slice(offset, end);
  }

  /** What matches, by id, where nothing tells one from the other but that. */
  allEqual({ filter, limit, offset = 0 }: Page): ScoredPoint[] {
    const ids = filter ? this.#matchingIds(filter) : this.#ids;
    return ranked(ids.map((id) => ({ id, score: 0 }))).slice(offset, offset + limit);
  }

  count(filter?: Filter): number {
    return filter ? this.#matching(filter).reduce((sum, isMatch) => sum + isMatch, 0) : this.size;
  }

  #matching(filter: Filter): Uint8Array {
    const key = JSON.stringify(filter);
    const matches = this.#matches.get(key) ?? matching(filter, { ids: this.#ids, fields: this.#fields });
    this.#matches.set(key, matches);
    return matches;
  }

  #matchingIds(filter: Filter): string[] {
    const matches = this.#matching(filter);
    return this.#ids.filter((_, row) => matches[row] === 1);
  }

  #set(row: number, { id, vector, payload }: Point): void {
    this.#rows.set(id, row);
    this.#ids[row] = id;
    this.#lengths[row] = lengthOf(vector);
    this.#vectors.set(row, vector);
    this.#setFields(row, payload);
  }

  #setFields(row: number, payload: Payload): void {
    for (const [field, values] of this.#fields) values[row] = payload[field]!;
  }

  #at(row: number): Point {
    const payload = Object.fromEntries([...this.#fields].map(([field, values]) => [field, values[row]!]));
    return { id: this.#ids[row]!, vector: this.#vectors.at(row), payload };
  }
}
