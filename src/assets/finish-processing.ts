import type { AssetIndex, ModelEmbedding } from './asset-index.js';
import { becomeReady, type Readiness } from './become-ready.js';
import type { Fingerprint } from './duplicates/fingerprint.js';
import type { NearDuplicates } from './duplicates/near-duplicates.js';
import type { PrismaClient } from '../database/database.js';
import type { Asset } from '../database/generated/client.js';
import { groupBy } from '../group-by.js';

/** What processing has made of a picture, when its files are stored. Small, because it waits for others. */
export interface ProcessedAsset {
  readonly asset: Pick<Asset, 'id' | 'libraryId'>;
  readonly print: Fingerprint;
  /** Of the active model first. */
  readonly encoded: readonly EncodedAsset[];
  /** The same ones of every asset. */
  readonly fields: Partial<Omit<Asset, 'byteSize'>>;
}

export interface EncodedAsset {
  readonly index: AssetIndex;
  readonly embedding: ModelEmbedding;
}

/**
 * Makes processed assets READY: the vector store and their duplicates learn of them first. Every step is done for all of
 * them at once; all of it may be repeated.
 * @returns what has become of each
 */
export async function finishProcessing(
  prisma: PrismaClient,
  duplicates: NearDuplicates,
  processed: readonly ProcessedAsset[],
): Promise<Readiness[]> {
  await duplicates.store(processed, true);
  const embedded = processed.flatMap(({ asset, encoded, fields }) =>
    encoded.map(({ index, embedding }) => ({ index, assetId: asset.id, embedding, changes: fields })),
  );
  // Since it was read somebody may have tagged it, or deleted it.
  for (const [index, group] of groupBy(embedded, (each) => each.index)) await index.put(group);
  const compared = processed.map(({ asset, print, encoded }) => ({ asset, print, ...encoded[0]! }));
  for (const [index, group] of groupBy(compared, (each) => each.index)) await duplicates.find(group, index);
  const assets = processed.map(({ asset: { id }, encoded, fields }) => {
    return { id, modelIds: encoded.map(({ embedding }) => embedding.modelId), fields };
  });
  const readiness = await becomeReady(prisma, assets);
  return assets.map(({ id }) => readiness.get(id)!);
}
