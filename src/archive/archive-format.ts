import { z } from 'zod';
import { count, fileSchema, id, sha256, size, text, time } from './archive-fields.js';
import { assetSchema } from './asset-row.js';
import { assignmentSchema, labelEventSchema } from './labelling-lines.js';
import { FILE_NAMES } from '../assets/asset-files.js';
import { storedQuerySchema } from '../collections/stored-query.js';
import type { ApiKey, Collection, CollectionAsset, SavedSearch } from '../database/generated/client.js';
import { Role } from '../database/generated/enums.js';

// What an archive is made of. A column that is added to a table and forgotten here does not compile.

export const FORMAT = 'afterimage-archive';
export const VERSION = 1;
/** Written last: an archive without it is a half one. */
export const MANIFEST = 'manifest.json';
export const ASSETS = 'assets.jsonl';
export const LABEL_SETS = 'label-sets.jsonl';
export const LABELS = 'labels.jsonl';
export const LABEL_BATCHES = 'label-batches.jsonl';
export const LABEL_HEADS = 'label-heads.jsonl';
export const DISTINCT_PAIRS = 'distinct-pairs.jsonl';
export const KEYS = 'keys.jsonl';
export const COLLECTIONS = 'collections.jsonl';
export const COLLECTION_ASSETS = 'collection-assets.jsonl';
export const SAVED_SEARCHES = 'saved-searches.jsonl';
/** Little-endian float32, one embedding after the other. */
export const EMBEDDINGS = 'embeddings.f32';
/** The folder of the files of assets. */
export const FILES = 'files';

export const assetLineSchema = z.strictObject({
  /** The name of its library. */
  library: text,
  asset: assetSchema,
  labels: z.array(assignmentSchema),
  /** What was changed of its labels. */
  history: z.array(labelEventSchema).default([]),
  /** The files that are in the archive, by their names. */
  files: z.partialRecord(z.enum(FILE_NAMES), fileSchema),
  /** Its place in the file of embeddings, from 0. */
  embedding: count.nullable(),
});
export type AssetLine = z.output<typeof assetLineSchema>;

export const collectionLineSchema = z.strictObject({
  library: text,
  id,
  name: text,
  description: text.nullable(),
  coverId: id.nullable(),
  query: storedQuerySchema.nullable(),
  createdById: id.nullable(),
  createdAt: time,
  updatedAt: time,
} satisfies Record<Exclude<keyof Collection, 'libraryId' | 'nameKey'> | 'library', z.ZodType>);

/** In the order of each collection. */
export const collectionAssetLineSchema = z.strictObject({
  library: text,
  /** The name of the collection. */
  collection: text,
  /** Of the asset's original: where it came in under another id, it is known by that. */
  sha256,
  addedAt: time,
} satisfies Record<
  Exclude<keyof CollectionAsset, 'collectionId' | 'assetId' | 'position'> | 'library' | 'collection' | 'sha256',
  z.ZodType
>);

export const savedSearchLineSchema = z.strictObject({
  library: text,
  id,
  name: text,
  query: storedQuerySchema,
  createdById: id.nullable(),
  createdAt: time,
  updatedAt: time,
} satisfies Record<Exclude<keyof SavedSearch, 'libraryId' | 'nameKey'> | 'library', z.ZodType>);

export const keyLineSchema = z.strictObject({
  library: text,
  id,
  name: text,
  role: z.enum(Role),
  /** SHA-256 of the secret, in hex. */
  secretHash: sha256,
  createdAt: time,
  lastUsedAt: time.nullable(),
  revokedAt: time.nullable(),
} satisfies Record<Exclude<keyof ApiKey, 'libraryId'> | 'library', z.ZodType>);

export const manifestSchema = z.strictObject({
  format: z.literal(FORMAT),
  version: z.literal(VERSION),
  createdAt: z.iso.datetime(),
  /** Whose embeddings these are. */
  model: z.strictObject({ id: text, dimension: size }),
  libraries: z.array(text),
  assetCount: count,
  /** The files beside this one, but for those of the assets, which are in the assets' lines. */
  files: z.strictObject({
    [ASSETS]: fileSchema,
    [LABELS]: fileSchema,
    [EMBEDDINGS]: fileSchema,
    [KEYS]: fileSchema.optional(),
    // Archives from before there were any have none of these.
    [COLLECTIONS]: fileSchema.optional(),
    [COLLECTION_ASSETS]: fileSchema.optional(),
    [SAVED_SEARCHES]: fileSchema.optional(),
    [LABEL_SETS]: fileSchema.optional(),
    [LABEL_BATCHES]: fileSchema.optional(),
    [LABEL_HEADS]: fileSchema.optional(),
    [DISTINCT_PAIRS]: fileSchema.optional(),
  }),
});
/** The files of lines, but for that of the keys. */
export const LINE_FILES = [
  ASSETS,
  LABEL_SETS,
  LABELS,
  LABEL_BATCHES,
  LABEL_HEADS,
  DISTINCT_PAIRS,
  COLLECTIONS,
  COLLECTION_ASSETS,
  SAVED_SEARCHES,
] as const;
export type LineFile = (typeof LINE_FILES)[number] | typeof KEYS;
export type Manifest = z.output<typeof manifestSchema>;
export type FileInfo = z.output<typeof fileSchema>;

/** The path in the archive of a file of an asset. */
export function archivePath(assetId: string, fileName: string): string {
  return `${FILES}/${assetId.slice(0, 2)}/${assetId}/${fileName}`;
}
