import type { Schemas } from '@qdrant/js-client-rest';
import { z } from 'zod';
import { formatError, invalid } from './refusal.js';

// What the double takes is what Afterimage sends: a field that is not listed here is refused, where a real server
// would pass over some of them.

const id = z.union([z.uuid(), z.int().nonnegative()]);
const payload = z.record(z.string(), z.json());
const vector = z.array(z.number());
const seconds = z.coerce.number().int().min(1).optional();

const fieldCondition = z.strictObject({
  key: z.string(),
  match: z
    .union([
      z.strictObject({ value: z.union([z.string(), z.int(), z.boolean()]) }),
      z.strictObject({ any: z.union([z.array(z.string()).min(1), z.array(z.int()).min(1)]) }),
    ])
    .optional(),
  range: z.strictObject({ gte: z.number().optional(), lte: z.number().optional() }).optional(),
});
export interface FilterBody {
  must?: ConditionBody[] | undefined;
  should?: ConditionBody[] | undefined;
  must_not?: ConditionBody[] | undefined;
}
export type ConditionBody =
  z.infer<typeof fieldCondition> | { is_empty: { key: string } } | { has_id: (string | number)[] } | FilterBody;
const condition: z.ZodType<ConditionBody> = z.lazy(() =>
  z.union([
    fieldCondition,
    z.strictObject({ is_empty: z.strictObject({ key: z.string() }) }),
    z.strictObject({ has_id: z.array(id).min(1) }),
    filter,
  ]),
);
const filter: z.ZodType<FilterBody> = z.lazy(() =>
  z.strictObject({
    must: z.array(condition).min(1).optional(),
    should: z.array(condition).min(1).optional(),
    must_not: z.array(condition).min(1).optional(),
  }),
);

export const createCollection = z.strictObject({
  vectors: z.strictObject({
    size: z.int().min(1).max(65_536),
    distance: z.enum(['Cosine', 'Euclid', 'Dot', 'Manhattan']),
    on_disk: z.boolean().optional(),
  }),
  shard_number: z.int().min(1).optional(),
  replication_factor: z.int().min(1).optional(),
  write_consistency_factor: z.int().min(1).optional(),
  hnsw_config: z
    .strictObject({ m: z.int().nonnegative().optional(), ef_construct: z.int().min(4).optional() })
    .optional(),
  quantization_config: z
    .strictObject({ scalar: z.strictObject({ type: z.literal('int8'), always_ram: z.boolean().optional() }) })
    .optional(),
  metadata: payload.optional(),
});

export const updateCollection = z.strictObject({ metadata: payload });

export const createIndex = z.strictObject({
  field_name: z.string().min(1),
  field_schema: z.enum(['keyword', 'integer', 'float', 'bool', 'geo', 'datetime', 'uuid', 'text']),
});

export const changeAliases = z.strictObject({
  actions: z.array(
    z.union([
      z.strictObject({ create_alias: z.strictObject({ collection_name: z.string(), alias_name: z.string() }) }),
      z.strictObject({ delete_alias: z.strictObject({ alias_name: z.string() }) }),
    ]),
  ),
});

export const upsert = z.strictObject({ points: z.array(z.strictObject({ id, vector, payload })) });

export const batch = z.strictObject({
  operations: z.array(
    z.strictObject({
      overwrite_payload: z.strictObject({ payload, points: z.array(id).optional(), filter: filter.optional() }),
    }),
  ),
});

export const deletion = z.union([z.strictObject({ points: z.array(id) }), z.strictObject({ filter })]);
export const retrieval = z.strictObject({ ids: z.array(id), with_payload: z.boolean(), with_vector: z.boolean() });
export const counting = z.strictObject({ filter: filter.optional(), exact: z.boolean() });
export const scrolling = z.strictObject({
  limit: z.int().min(1),
  offset: id.optional(),
  with_payload: z.literal(false),
  with_vector: z.literal(false),
});

const examples = z.array(z.union([id, vector]));

export const query = z.strictObject({
  query: z.union([
    vector,
    z.strictObject({
      recommend: z.strictObject({
        positive: examples,
        negative: examples.optional(),
        strategy: z.literal('average_vector'),
      }),
    }),
  ]),
  filter: filter.optional(),
  params: z.strictObject({
    hnsw_ef: z.int().min(1).optional(),
    indexed_only: z.boolean().optional(),
    quantization: z
      .strictObject({ ignore: z.boolean(), rescore: z.boolean(), oversampling: z.number().min(1) })
      .optional(),
  }),
  limit: z.int().min(1),
  offset: z.int().nonnegative().optional(),
  with_payload: z.literal(false),
  with_vector: z.literal(false),
});

export const queryBatch = z.strictObject({ searches: z.array(query) });

export const writeOptions = z.strictObject({
  wait: z.enum(['true', 'false']).optional(),
  ordering: z.enum(['weak', 'medium', 'strong']).optional(),
  timeout: seconds,
});
export const readOptions = z.strictObject({ timeout: seconds });

// The double takes nothing that the client's own types would not let pass.
type Takes<Body, Schema extends z.ZodType<Body>> = Schema;
export type Checked = [
  Takes<Schemas['CreateCollection'], typeof createCollection>,
  Takes<Schemas['UpdateCollection'], typeof updateCollection>,
  Takes<Schemas['CreateFieldIndex'], typeof createIndex>,
  Takes<Schemas['ChangeAliasesOperation'], typeof changeAliases>,
  Takes<Schemas['PointsList'], typeof upsert>,
  Takes<Schemas['UpdateOperations'], typeof batch>,
  Takes<Schemas['PointsSelector'], typeof deletion>,
  Takes<Schemas['PointRequest'], typeof retrieval>,
  Takes<Schemas['CountRequest'], typeof counting>,
  Takes<Schemas['ScrollRequest'], typeof scrolling>,
  Takes<Schemas['QueryRequest'], typeof query>,
  Takes<Schemas['QueryRequestBatch'], typeof queryBatch>,
];

/** @throws Refusal 400 for what cannot be read, 422 for a number out of range */
export function parse<Body>(schema: z.ZodType<Body>, value: unknown): Body {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const message = `${issue!.path.join('.')}: ${issue!.message}`;
  throw issue!.code === 'too_small' || issue!.code === 'too_big' ? invalid(message) : formatError(message);
}
