import { z } from 'zod';
import { integer, missing, type GivenSettings, type SettingProblem } from './setting-rules.js';

export const qdrantSettings = {
  QDRANT_URL: z
    .url({ protocol: /^https?$/ })
    .refine((url) => !new URL(url).username, 'expected no user name in it')
    .optional()
    .describe('a Qdrant server, for the vectors; without it an embedded store in DATA_DIR'),
  QDRANT_API_KEY: z
    .string()
    .regex(/^[!-~]+$/, 'expected characters that a header can carry')
    .optional()
    .describe('its key, read and write'),
  QDRANT_COLLECTION_PREFIX: z
    .string()
    .regex(/^[A-Za-z][\w.-]{0,63}$/, 'expected a letter, then up to 63 letters, digits, _, - and .')
    .optional()
    .describe('what the names of its collections begin with, where installations share the server'),
  QDRANT_SHARDS: integer(1, 1_000).optional().describe('shards of a new collection; one a node by default'),
  QDRANT_REPLICAS: integer(1, 100).optional().describe('copies of every shard of a new collection; 1 by default'),
  QDRANT_WRITE_CONSISTENCY: integer(1, 100).optional().describe('copies that have to have a write; 1 by default'),
  QDRANT_QUANTISATION: z
    .enum(['none', 'int8'])
    .optional()
    .describe('int8: vectors in a quarter of the memory; none by default'),
  QDRANT_ON_DISK: z.stringbool().optional().describe('true: full vectors are read from the disk'),
  QDRANT_HNSW_M: integer(4, 256).optional().describe('edges of a node in the graph of a new collection; 16 by default'),
  QDRANT_HNSW_EF_CONSTRUCT: integer(4, 10_000).optional().describe('candidates when it is built; 100 by default'),
  QDRANT_HNSW_EF: integer(1, 100_000).optional().describe('candidates in a search; as when it is built by default'),
} as const;

type Settings = z.output<z.ZodObject<typeof qdrantSettings>>;

/** What is undefined is left to the server. */
export interface QdrantConfig {
  readonly url: string;
  readonly apiKey: string | undefined;
  readonly collectionPrefix: string | undefined;
  readonly shardCount: number | undefined;
  readonly replicaCount: number | undefined;
  readonly writeConsistency: number | undefined;
  readonly quantisation: 'none' | 'int8';
  readonly isOnDisk: boolean;
  readonly hnswM: number | undefined;
  readonly hnswEfConstruct: number | undefined;
  readonly hnswEf: number | undefined;
}

export function qdrantProblems(given: GivenSettings): SettingProblem[] {
  const isOverReplicas = Number(given.QDRANT_WRITE_CONSISTENCY ?? 1) > Number(given.QDRANT_REPLICAS ?? 1);
  return [
    ...missing(given, 'QDRANT_URL', Object.keys(qdrantSettings)),
    ...(isOverReplicas ? [{ path: ['QDRANT_WRITE_CONSISTENCY'], message: 'expected at most QDRANT_REPLICAS' }] : []),
  ];
}

export function qdrantConfig(settings: Settings): QdrantConfig | undefined {
  const { QDRANT_URL: url } = settings;
  if (url === undefined) return undefined;
  return Object.freeze({
    url,
    apiKey: settings.QDRANT_API_KEY,
    collectionPrefix: settings.QDRANT_COLLECTION_PREFIX,
    shardCount: settings.QDRANT_SHARDS,
    replicaCount: settings.QDRANT_REPLICAS,
    writeConsistency: settings.QDRANT_WRITE_CONSISTENCY,
    quantisation: settings.QDRANT_QUANTISATION ?? 'none',
    isOnDisk: settings.QDRANT_ON_DISK ?? false,
    hnswM: settings.QDRANT_HNSW_M,
    hnswEfConstruct: settings.QDRANT_HNSW_EF_CONSTRUCT,
    hnswEf: settings.QDRANT_HNSW_EF,
  });
}
