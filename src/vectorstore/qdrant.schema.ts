import { isDeepStrictEqual } from 'node:util';
import type { Schemas } from '@qdrant/js-client-rest';
import { AfterimageError } from '../errors.js';
import type { QdrantOptions } from './qdrant.client.js';
import type { CollectionSpec, PayloadFieldType, PayloadSchema } from './vectorstore.js';

/** Kind of index by type of field. A keyword index takes one string or a list; float covers every number. */
export const FIELD_INDEXES = {
  keyword: 'keyword',
  keywords: 'keyword',
  number: 'float',
  boolean: 'bool',
} as const satisfies Record<PayloadFieldType, Schemas['PayloadSchemaType']>;

/** The body that creates a collection. What was not set is left to the server. */
export function creationOf(spec: CollectionSpec, options: QdrantOptions): Schemas['CreateCollection'] {
  const { shardCount, replicaCount, writeConsistency, quantisation, isOnDisk, hnswM, hnswEfConstruct } = options;
  return {
    vectors: { size: spec.dimension, distance: 'Cosine', on_disk: isOnDisk },
    ...(shardCount !== undefined && { shard_number: shardCount }),
    ...(replicaCount !== undefined && { replication_factor: replicaCount }),
    ...(writeConsistency !== undefined && { write_consistency_factor: writeConsistency }),
    ...((hnswM !== undefined || hnswEfConstruct !== undefined) && {
      hnsw_config: {
        ...(hnswM !== undefined && { m: hnswM }),
        ...(hnswEfConstruct !== undefined && { ef_construct: hnswEfConstruct }),
      },
    }),
    ...(quantisation === 'int8' && { quantization_config: { scalar: { type: 'int8', always_ram: true } } }),
    metadata: metadataOf(spec),
  };
}

/** An index does not tell one string from a list of them. */
export function metadataOf({ payload }: CollectionSpec): Record<string, unknown> {
  return { afterimage: { payload: { ...payload } } };
}

/** The payload fields that a collection says it has; none for one that another has made. */
export function payloadOf({ config }: Schemas['CollectionInfo']): PayloadSchema | undefined {
  return (config.metadata as { afterimage?: { payload?: PayloadSchema } } | null)?.afterimage?.payload;
}

/** The fields of a collection that have no index yet. */
export function missingIndexes({ payload }: CollectionSpec, info: Schemas['CollectionInfo']): string[] {
  return Object.keys(payload).filter((field) => !info.payload_schema[field]);
}

/**
 * @param areIndexesMade whether the collection is complete: one that is being created has only some of its indexes
 * @throws VECTOR_COLLECTION_MISMATCH when it has another dimension, distance, payload or other indexes
 */
export function assertSame(spec: CollectionSpec, info: Schemas['CollectionInfo'], areIndexesMade: boolean): void {
  const { vectors } = info.config.params;
  const { size, distance } = (vectors ?? {}) as Partial<Schemas['VectorParams']>;
  reject(spec, 'dimension', spec.dimension, size);
  reject(spec, 'distance', 'Cosine', distance);
  reject(spec, 'payload', { ...spec.payload }, payloadOf(info));
  const found = Object.entries(info.payload_schema).map(([field, index]) => [field, index?.data_type]);
  const wanted = Object.entries(spec.payload).map(([field, type]) => [field, FIELD_INDEXES[type]]);
  const names = new Set(found.map(([field]) => field));
  reject(
    spec,
    'payload indexes',
    Object.fromEntries(areIndexesMade ? wanted : wanted.filter(([field]) => names.has(field))),
    Object.fromEntries(found),
  );
}

/** What of a collection that is there is otherwise than it would now be created, in words. */
export function otherThanSet(options: QdrantOptions, { config }: Schemas['CollectionInfo']): string[] {
  const { params } = config;
  const vectors = params.vectors as Schemas['VectorParams'];
  const settings: [string, unknown, unknown][] = [
    ['shards', options.shardCount, params.shard_number],
    ['replicas', options.replicaCount, params.replication_factor],
    ['write consistency', options.writeConsistency, params.write_consistency_factor],
    ['vectors on disk', options.isOnDisk, vectors.on_disk ?? false],
    ['HNSW m', options.hnswM, config.hnsw_config.m],
    ['HNSW ef_construct', options.hnswEfConstruct, config.hnsw_config.ef_construct],
    ['quantisation', options.quantisation, config.quantization_config ? 'int8' : 'none'],
  ];
  return settings
    .filter(([, set, found]) => set !== undefined && found !== undefined && set !== found)
    .map(([name, set, found]) => `${name} ${String(found)} instead of ${String(set)}`);
}

function reject({ name }: CollectionSpec, what: string, wanted: unknown, found: unknown): void {
  if (isDeepStrictEqual(wanted, found)) return;
  throw new AfterimageError(
    'VECTOR_COLLECTION_MISMATCH',
    `expected ${what} ${JSON.stringify(wanted)} for the collection ${name}, received ${JSON.stringify(found)}`,
  );
}
