import type { Schemas } from '@qdrant/js-client-rest';
import type { CollectionSpec, Payload, PayloadFieldType, Point } from './vectorstore.js';

/** A point as Qdrant returns it. Its vector is normalised: Qdrant does that to what it stores for cosine. */
export function fromRecord(record: Schemas['Record'], { payload }: CollectionSpec): Point {
  const values = (record.payload ?? {}) as Record<string, unknown>;
  const fields = Object.entries(payload).map(([field, type]) => [field, fromValue(values[field], type)]);
  return {
    id: String(record.id),
    vector: Float32Array.from(record.vector as number[]),
    payload: Object.fromEntries(fields) as Payload,
  };
}

function fromValue(value: unknown, type: PayloadFieldType): unknown {
  if (value === undefined || value === null) return type === 'keywords' ? [] : null;
  // Beyond 2^53 the client makes it a bigint, on a Node that can.
  return type === 'number' ? Number(value) : value;
}
