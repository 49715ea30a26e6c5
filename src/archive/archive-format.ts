import { z } from 'zod';
import { count, fileSchema, id, sha256, size, time } from './archive-fields.js';
import { assignmentSchema, labelEventSchema } from './labelling-lines.js';
import { SETTLED_FIELDS } from '../assets/asset-fields.js';
import { FILE_NAMES, RENDITION_NAMES } from '../assets/asset-files.js';
import { toOriginName } from '../assets/metadata.capture.js';
import { storedQuerySchema } from '../collections/stored-query.js';
import type { ApiKey, Asset, Collection, CollectionAsset, SavedSearch } from '../database/generated/client.js';
import { AssetState, Orientation, Role } from '../database/generated/enums.js';

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

/** Archives of before may have longer ones. */
const originName = z.string().transform(toOriginName).nullable();

/** Archives of before have none. */
const right = z.string().nullable().default(null);

const assetSchema = z.strictObject({
  id,
  state: z.enum(AssetState),
  failureCode: z.string().nullable(),
  failureMessage: z.string().nullable(),
  sha256,
  originalName: z.string(),
  mimeType: z.string(),
  byteSize: size,
  width: size,
  height: size,
  orientation: z.enum(Orientation),
  title: z.string().nullable(),
  description: z.string().nullable(),
  creator: right,
  credit: right,
  copyright: right,
  tags: z.array(z.string()),
  isFavourite: z.boolean(),
  rating: z.int().min(1).max(5).nullable(),
  /** Of before there were any: what there was then, where its file was read. */
  settledFields: z.array(z.enum(SETTLED_FIELDS)).optional(),
  capturedAt: time.nullable(),
  cameraMake: originName,
  cameraModel: originName,
  lens: originName,
  latitude: z.number().nullable(),
  longitude: z.number().nullable(),
  altitudeMetres: z.number().nullable(),
  dominantColours: z.array(z.string()),
  thumbhash: z.string().nullable(),
  renditions: z.partialRecord(
    z.enum(RENDITION_NAMES),
    // The import makes the digest anew, of the file of the archive.
    z.strictObject({ width: size, height: size, byteSize: size, digest: z.string().optional() }),
  ),
  /** The model of the manifest where it has an embedding of that one, else null. */
  embeddingModelId: z.string().nullable(),
  uploadedById: id.nullable(),
  uploadedAt: time,
  updatedAt: time,
  processedAt: time.nullable(),
  trashedAt: time.nullable(),
} satisfies Record<Exclude<keyof Asset, 'libraryId'> | 'embeddingModelId', z.ZodType>);

export const assetLineSchema = z.strictObject({
  /** The name of its library. */
  library: z.string(),
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
  library: z.string(),
  id,
  name: z.string(),
  description: z.string().nullable(),
  coverId: id.nullable(),
  query: storedQuerySchema.nullable(),
  createdById: id.nullable(),
  createdAt: time,
  updatedAt: time,
} satisfies Record<Exclude<keyof Collection, 'libraryId' | 'nameKey'> | 'library', z.ZodType>);

/** In the order of each collection. */
export const collectionAssetLineSchema = z.strictObject({
  library: z.string(),
  /** The name of the collection. */
  collection: z.string(),
  /** Of the asset's original: where it came in under another id, it is known by that. */
  sha256,
  addedAt: time,
} satisfies Record<
  Exclude<keyof CollectionAsset, 'collectionId' | 'assetId' | 'position'> | 'library' | 'collection' | 'sha256',
  z.ZodType
>);

export const savedSearchLineSchema = z.strictObject({
  library: z.string(),
  id,
  name: z.string(),
  query: storedQuerySchema,
  createdById: id.nullable(),
  createdAt: time,
  updatedAt: time,
} satisfies Record<Exclude<keyof SavedSearch, 'libraryId' | 'nameKey'> | 'library', z.ZodType>);

export const keyLineSchema = z.strictObject({
  library: z.string(),
  id,
  name: z.string(),
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
  model: z.strictObject({ id: z.string(), dimension: size }),
  libraries: z.array(z.string()),
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
