import type { z } from 'zod';
import {
  assetLineSchema,
  ASSETS,
  collectionAssetLineSchema,
  collectionLineSchema,
  COLLECTION_ASSETS,
  COLLECTIONS,
  DISTINCT_PAIRS,
  keyLineSchema,
  KEYS,
  LABEL_BATCHES,
  LABEL_HEADS,
  LABEL_SETS,
  LABELS,
  LINE_FILES,
  savedSearchLineSchema,
  SAVED_SEARCHES,
  type LineFile,
} from './archive-format.js';
import type { ArchiveReader } from './archive-reader.js';
import {
  distinctPairLineSchema,
  labelBatchLineSchema,
  labelHeadLineSchema,
  labelLineSchema,
  labelSetLineSchema,
} from './labelling-lines.js';

const SCHEMAS: Readonly<Record<Exclude<LineFile, typeof ASSETS>, z.ZodType<{ readonly library: string }>>> = {
  [LABEL_SETS]: labelSetLineSchema,
  [LABELS]: labelLineSchema,
  [LABEL_BATCHES]: labelBatchLineSchema,
  [LABEL_HEADS]: labelHeadLineSchema,
  [DISTINCT_PAIRS]: distinctPairLineSchema,
  [COLLECTIONS]: collectionLineSchema,
  [COLLECTION_ASSETS]: collectionAssetLineSchema,
  [SAVED_SEARCHES]: savedSearchLineSchema,
  [KEYS]: keyLineSchema,
};

/**
 * Reads every line that an import will: one that is damaged is to be known before anything is written.
 * @throws ARCHIVE_INVALID naming the line, and what of it is not as it has to be
 */
export async function checkLines(archive: ArchiveReader, { isWithKeys }: { isWithKeys: boolean }): Promise<void> {
  const { embeddingCount, manifest } = archive;
  const libraries = new Set(manifest.libraries);
  const placed = assetLineSchema.refine(({ embedding }) => embedding === null || embedding < embeddingCount, {
    path: ['embedding'],
    error: `expected the place of one of ${embeddingCount} embeddings`,
  });
  const names: readonly LineFile[] = isWithKeys ? [...LINE_FILES, KEYS] : LINE_FILES;
  for (const name of names) {
    const schema: z.ZodType<{ readonly library: string }> = name === ASSETS ? placed : SCHEMAS[name];
    const known = schema.refine(({ library }) => libraries.has(library), {
      path: ['library'],
      error: 'expected one of the manifest',
    });
    for await (const _ of archive.lines(name, known));
  }
}
