import { z } from 'zod';
import { bytes, count, id, probability, sha256, size, text, texts, time } from './archive-fields.js';
import type {
  AssetLabel,
  DistinctPair,
  Label,
  LabelBatch,
  LabelEvent,
  LabelHead,
  LabelSet,
} from '../database/generated/client.js';
import { LabelBatchKind, LabelHeadState, LabelSource, LabelState } from '../database/generated/enums.js';
import { metricsSchema } from '../labelling/learning/head-metrics.js';

// What an archive has of labels. A column that is added to a table and forgotten here does not compile.

export const labelSetLineSchema = z.strictObject({
  library: text,
  id,
  name: text,
  description: text.nullable(),
  isExclusive: z.boolean(),
  isAutomatic: z.boolean().default(false),
  templates: texts,
  threshold: probability,
  createdAt: time,
  updatedAt: time,
} satisfies Record<Exclude<keyof LabelSet, 'libraryId' | 'nameKey' | 'deletedAt'> | 'library', z.ZodType>);
export type LabelSetLine = z.output<typeof labelSetLineSchema>;

/** A label comes after its parent. Archives from before there were sets have the name and the time only. */
export const labelLineSchema = z.strictObject({
  library: text,
  id: id.nullable().default(null),
  labelSetId: id.nullable().default(null),
  name: text,
  description: text.nullable().default(null),
  synonyms: texts.default([]),
  parentId: id.nullable().default(null),
  colour: text.nullable().default(null),
  threshold: probability.nullable().default(null),
  prompts: texts.default([]),
  negativePrompts: texts.default([]),
  createdAt: time,
  updatedAt: time.optional(),
} satisfies Record<
  | Exclude<keyof Label, 'libraryId' | 'nameKey' | 'deletedAt' | 'deletionId' | 'refreshedUpTo' | 'isRenamed'>
  | 'library',
  z.ZodType
>);
export type LabelLine = z.output<typeof labelLineSchema>;

export const assignmentSchema = z.strictObject({
  // Archives from before there were sets have the name only, and neither who decided when nor a revision.
  labelId: id.nullable().default(null),
  label: text,
  source: z.enum(LabelSource),
  state: z.enum(LabelState),
  probability: probability.nullable(),
  modelId: text.nullable(),
  decidedById: id.nullable(),
  decidedAt: time.nullable().default(null),
  isUpheld: z.boolean().default(false),
  isInBulk: z.boolean().default(false),
  revision: z.int().positive().default(1),
  createdAt: time,
  updatedAt: time,
} satisfies Record<Exclude<keyof AssetLabel, 'assetId' | 'notedById'> | 'label', z.ZodType>);

/** In the order in which they happened to an asset. */
export const labelEventSchema = z.strictObject({
  batchId: id,
  labelId: id,
  labelName: text,
  fromSource: z.enum(LabelSource).nullable(),
  fromState: z.enum(LabelState).nullable(),
  fromProbability: probability.nullable(),
  fromModelId: text.nullable(),
  fromDecidedById: id.nullable(),
  fromDecidedAt: time.nullable(),
  wasInBulk: z.boolean().default(false),
  source: z.enum(LabelSource).nullable(),
  state: z.enum(LabelState).nullable(),
  probability: probability.nullable(),
  modelId: text.nullable(),
  revision: size,
  byId: id.nullable(),
  at: time,
} satisfies Record<Exclude<keyof LabelEvent, 'id' | 'assetId'>, z.ZodType>);

export const labelBatchLineSchema = z.strictObject({
  library: text,
  id,
  kind: z.enum(LabelBatchKind),
  labelSetId: id.nullable(),
  // Archives from before it was kept have none.
  intoId: id.nullable().default(null),
  createdById: id.nullable(),
  createdAt: time,
  undoneAt: time.nullable(),
} satisfies Record<Exclude<keyof LabelBatch, 'libraryId'> | 'library', z.ZodType>);

/** Those of a set and a model stand together. */
export const labelHeadLineSchema = z
  .strictObject({
    library: text,
    id,
    labelSetId: id,
    modelId: text,
    version: size,
    state: z.enum(LabelHeadState),
    labelIds: z.array(id),
    isExclusive: z.boolean(),
    weights: bytes,
    bias: z.array(z.number()),
    priorScale: z.number().positive(),
    decisions: count,
    digest: sha256.nullable(),
    pictures: count,
    metrics: metricsSchema,
    // Of archives from before it was kept: the time of creation.
    readAt: time.optional(),
    createdAt: time,
    activatedAt: time.nullable(),
  } satisfies Record<Exclude<keyof LabelHead, 'libraryId'> | 'library', z.ZodType>)
  .refine(
    ({ labelIds, bias, weights }) =>
      labelIds.length > 0 && bias.length === labelIds.length && weights.length % (4 * labelIds.length) === 0,
    'expected as many biases and rows of weights as labels',
  );
export type LabelHeadLine = z.output<typeof labelHeadLineSchema>;

/** By the SHA-256 of the originals: where one came in under another id, it is known by that. */
export const distinctPairLineSchema = z.strictObject({
  library: text,
  sha256,
  otherSha256: sha256,
  decidedById: id.nullable(),
  createdAt: time,
} satisfies Record<
  Exclude<keyof DistinctPair, 'assetId' | 'otherId'> | 'library' | 'sha256' | 'otherSha256',
  z.ZodType
>);
