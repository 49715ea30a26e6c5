import type { Schemas } from '@qdrant/js-client-rest';
import type { z } from 'zod';
import { dotProduct } from '#dist/inference/vectors.js';
import type * as bodies from './bodies.js';
import { toTest, type StoredPoint } from './filter.js';
import { notFound, Refusal, wrongInput } from './refusal.js';

type Body<Name extends keyof typeof bodies> = (typeof bodies)[Name] extends z.ZodType<infer Value> ? Value : never;

interface Examples {
  readonly positive: readonly (string | number | readonly number[])[];
  readonly negative?: readonly (string | number | readonly number[])[] | undefined;
}

/** One collection in memory, searched by brute force. */
export class DoubleCollection {
  readonly #points = new Map<string, StoredPoint>();
  readonly #indexes = new Map<string, Schemas['PayloadSchemaType']>();

  constructor(private creation: Body<'createCollection'>) {}

  /** Merges, key by key. */
  update({ metadata }: Body<'updateCollection'>): boolean {
    this.creation = { ...this.creation, metadata: { ...this.creation.metadata, ...metadata } };
    return true;
  }

  info(): Schemas['CollectionInfo'] {
    const { vectors, hnsw_config, quantization_config, metadata, ...params } = this.creation;
    return {
      status: 'green',
      optimizer_status: 'ok',
      indexed_vectors_count: 0,
      points_count: this.#points.size,
      segments_count: 1,
      config: {
        params: {
          vectors,
          shard_number: 1,
          replication_factor: 1,
          write_consistency_factor: 1,
          on_disk_payload: true,
          ...params,
        },
        hnsw_config: { m: 16, ef_construct: 100, full_scan_threshold: 10_000, ...hnsw_config },
        optimizer_config: { deleted_threshold: 0.2, default_segment_number: 0, flush_interval_sec: 5 } as never,
        wal_config: { wal_capacity_mb: 32, wal_segments_ahead: 0 },
        quantization_config: quantization_config ?? null,
        ...(metadata && { metadata }),
      },
      payload_schema: Object.fromEntries(
        [...this.#indexes].map(([field, data_type]) => [field, { data_type, points: this.#points.size }]),
      ),
    };
  }

  /** @throws Refusal: an index that comes after points that have the field would be built over all of them. */
  createIndex({ field_name, field_schema }: Body<'createIndex'>): void {
    const isLate = [...this.#points.values()].some(({ payload }) => Object.hasOwn(payload, field_name));
    if (isLate && this.#indexes.get(field_name) !== field_schema)
      throw wrongInput(`the double takes no index on ${field_name} after the first point that has it`);
    this.#indexes.set(field_name, field_schema);
  }

  upsert({ points }: Body<'upsert'>): void {
    for (const { id, vector, payload } of points) {
      this.#assertVector(vector);
      const unindexed = Object.keys(payload).find((field) => !this.#indexes.has(field));
      if (unindexed) throw wrongInput(`the double takes no point before the index on ${unindexed}`);
      this.#points.set(uuid(id), { id: uuid(id), vector: normalised(vector), payload });
    }
  }

  batch({ operations }: Body<'batch'>): void {
    for (const { overwrite_payload } of operations) {
      const { payload, points = [], filter } = overwrite_payload;
      if (points.length === 0 && !filter) throw wrongInput('Either filter or points should be provided');
      const missing = points.find((id) => !this.#points.has(String(id)));
      if (missing !== undefined) throw notFound(`No point with id ${missing} found`);
      const test = filter && toTest(filter, this.#indexes);
      const selected = test ? [...this.#points.values()].filter(test) : points.map((id) => this.#points.get(uuid(id))!);
      for (const point of selected) this.#points.set(point.id, { ...point, payload });
    }
  }

  delete(selector: Body<'deletion'>): void {
    const ids = 'points' in selector ? selector.points.map(uuid) : this.#matching(selector.filter).map(({ id }) => id);
    for (const id of ids) this.#points.delete(id);
  }

  retrieve({ ids, with_payload, with_vector }: Body<'retrieval'>): Schemas['Record'][] {
    return ids.flatMap((id) => {
      const point = this.#points.get(uuid(id));
      if (!point) return [];
      return {
        id: point.id,
        ...(with_payload && { payload: point.payload }),
        ...(with_vector && { vector: Array.from(point.vector, shortest) }),
      };
    });
  }

  count({ filter }: Body<'counting'>): Schemas['CountResult'] {
    return { count: this.#matching(filter).length };
  }

  scroll({ limit, offset }: Body<'scrolling'>): Schemas['ScrollResult'] {
    const ids = [...this.#points.keys()].sort();
    const start = offset === undefined ? 0 : ids.findIndex((id) => id >= uuid(offset));
    const from = start === -1 ? ids.length : start;
    const page = ids.slice(from, from + limit);
    return { points: page.map((id) => ({ id })), next_page_offset: ids[from + limit] ?? null };
  }

  /** Equals come in the order that is worst for whoever counts on one: the last id first. */
  query({ query, filter, limit, offset = 0 }: Body<'query'>): Schemas['QueryResponse'] {
    const examples = 'recommend' in query ? query.recommend : { positive: [query] };
    const ids = 'recommend' in query ? [...query.recommend.positive, ...(query.recommend.negative ?? [])] : [];
    const vector = normalised(this.#target(examples));
    const scored = this.#matching(filter)
      .filter(({ id }) => !ids.includes(id))
      .map(({ id, vector: other }) => ({ id, score: Math.fround(dotProduct(other, vector)) }));
    // To sort thousands by a function, for a page of them, took most of a test's time.
    const least =
      Float32Array.from(scored, ({ score }) => score)
        .sort()
        .at(-offset - limit) ?? -Infinity;
    const best = scored.filter(({ score }) => score >= least);
    best.sort((a, b) => b.score - a.score || (a.id < b.id ? 1 : -1));
    const page = best.slice(offset, offset + limit);
    return { points: page.map(({ id, score }) => ({ id, version: 0, score: shortest(score) })) };
  }

  /** An id of no point is passed over. @throws Refusal where no positive example is left */
  #target({ positive, negative = [] }: Examples): number[] {
    const [mean, other] = [positive, negative].map((examples) => {
      const vectors = examples.flatMap((example) => {
        if (typeof example !== 'object') return this.#points.get(uuid(example))?.vector ?? [];
        this.#assertVector(example);
        return [Float32Array.from(example)];
      });
      return vectors[0]?.map((_, axis) => vectors.reduce((sum, each) => sum + each[axis]!, 0) / vectors.length);
    });
    if (!mean) throw new Refusal(400, 'Bad request: At least one positive vector ID required with this strategy');
    return [...mean].map((value, axis) => (other ? value + value - other[axis]! : value));
  }

  #matching(filter: Body<'counting'>['filter']): StoredPoint[] {
    const points = [...this.#points.values()];
    return filter ? points.filter(toTest(filter, this.#indexes)) : points;
  }

  #assertVector({ length }: readonly number[]): void {
    const { size } = this.creation.vectors;
    if (length !== size) throw wrongInput(`Vector dimension error: expected dim: ${size}, got ${length}`);
  }
}

function uuid(id: string | number): string {
  if (typeof id === 'number') throw wrongInput(`the double takes UUIDs, not ${id}`);
  return id;
}

/** As Qdrant does it for cosine: what is within 1e-6 of unit length stays as it is. */
function normalised(vector: readonly number[]): Float32Array {
  const values = Float32Array.from(vector);
  const squares = values.reduce((sum, value) => sum + value * value, 0);
  return squares < 1.2e-7 || Math.abs(squares - 1) <= 1e-6 ? values : values.map((value) => value / Math.sqrt(squares));
}

/** A float32 in the few digits that tell it from its neighbours, as the server writes it. */
function shortest(value: number): number {
  return Number(value.toPrecision(9));
}
