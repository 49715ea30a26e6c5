import { nameGroups } from './group-names.js';
import { sphericalKMeans } from './spherical-k-means.js';
import type { AssetFilter } from '../assets/asset-filter.js';
import { rowCondition, sampleIds } from '../assets/asset-filter.rows.js';
import type { ServedModel } from '../assets/served-models.js';
import type { PrismaClient } from '../database/database.js';
import { AfterimageError, expected } from '../errors.js';

/** More would take longer and hardly change the groups. */
const MAX_SAMPLE = 2_000;
export const MAX_GROUPS = 50;

export interface PictureGroup {
  /** Null where the vocabulary has no word left. */
  readonly name: string | null;
  /** See `ProposedName`; null without a name. */
  readonly nameScore: number | null;
  /** The mean cosine of its members and their mean: 1 where all are the same. */
  readonly cohesion: number;
  /** Of the sample, those nearest to their mean first. */
  readonly assetIds: readonly string[];
}

export interface PictureGroups {
  /** The largest first. */
  readonly groups: readonly PictureGroup[];
  /** The assets that were grouped: all with an embedding that meet the filter, or a sample of 2,000 of them. */
  readonly sampleSize: number;
}

/**
 * Sorts pictures into groups of pictures that are alike.
 * @param classEmbeddings those of the words by the model
 * @throws INVALID_ARGUMENT, INVALID_FILTER
 */
export async function groupPictures(
  prisma: PrismaClient,
  libraryId: string,
  { index }: ServedModel,
  request: { readonly filter: AssetFilter; readonly k: number; readonly words: readonly string[] },
  classEmbeddings: () => Promise<Float32Array[]>,
): Promise<PictureGroups> {
  const { filter, k, words } = request;
  if (!Number.isInteger(k) || k < 1 || k > MAX_GROUPS)
    throw new AfterimageError('INVALID_ARGUMENT', expected(`a whole number from 1 to ${MAX_GROUPS}`, 'k', k));
  const sample = await sampleIds(prisma, await rowCondition(prisma, libraryId, filter), MAX_SAMPLE);
  const found = await index.embeddings(sample);
  // In the order of the sample, which is the same every time: the store's may not be.
  const ids = sample.filter((id) => found.has(id));
  if (ids.length === 0) return { groups: [], sampleSize: 0 };
  const { centroids, members, cosines } = await sphericalKMeans(
    ids.map((id) => found.get(id)!),
    k,
  );
  const rows = ids.map((id, row) => ({ id, group: members[row]!, cosine: cosines[row]! }));
  const byGroup = centroids
    .map((centroid, group) => ({ centroid, rows: rows.filter((row) => row.group === group) }))
    .filter((group) => group.rows.length > 0)
    .sort((a, b) => b.rows.length - a.rows.length);
  const names = await nameGroups(
    byGroup.map(({ centroid }) => centroid),
    words,
    await classEmbeddings(),
  );
  const groups = byGroup.map(({ rows: own }, place) => ({
    name: names[place]?.name ?? null,
    nameScore: names[place]?.score ?? null,
    cohesion: own.reduce((sum, { cosine }) => sum + cosine, 0) / own.length,
    assetIds: own.sort((a, b) => b.cosine - a.cosine).map(({ id }) => id),
  }));
  return { groups, sampleSize: ids.length };
}
