import pLimit from 'p-limit';
import { clusterByPosition, type MapCluster, type MapClusters, type MapRequest } from './map-clusters.js';
import { groupPictures, type PictureGroup } from './picture-groups.js';
import { randomIds, type RandomRequest } from './random-order.js';
import { countByDate, type Timeline, type TimelineRequest } from './timeline.js';
import type { Viewer } from '../access/viewer.js';
import type { AssetFilter } from '../assets/asset-filter.js';
import type { AssetsService } from '../assets/assets.service.js';
import type { ServedModels } from '../assets/served-models.js';
import type { PrismaClient } from '../database/database.js';
import type { Asset } from '../database/generated/client.js';
import { AfterimageError, expected } from '../errors.js';
import { BACKGROUND_LABELS } from '../inference/background-labels.js';
import { checkLabelNames } from '../labelling/label-rules.js';
import type { LabelScorers } from '../labelling/label-scorers.js';
import { toPresentPage, type Edge, type Page } from '../pagination.js';

export const DEFAULT_GROUPS = 8;
const REPRESENTATIVES = 4;
/** The one under way, and some seconds of waiting for it. */
const MAX_GROUPINGS = 8;
/** To compare more of them with every group would hold up the thread. */
export const MAX_VOCABULARY = 200;

export interface GroupsRequest {
  readonly filter?: AssetFilter | null;
  /** 8 by default, 50 at most. */
  readonly k?: number | null;
  /** The words to name groups with, 200 at most; common subjects of pictures by default. */
  readonly vocabulary?: readonly string[] | null;
}

type PlacedAssets = Omit<MapClusters, 'clusters'> & {
  readonly clusters: readonly (MapCluster & { readonly asset: Asset | null })[];
};
type GroupWithAssets = PictureGroup & { readonly representatives: readonly Asset[] };

/** Ways through a library for whoever looks for nothing in particular. */
export class ExploringService {
  /** Each takes a second or more of this thread, in slices: several at once would only be slower. */
  readonly #oneGrouping = pLimit(1);

  constructor(
    private readonly prisma: PrismaClient,
    private readonly assets: AssetsService,
    private readonly models: ServedModels,
    private readonly scorers: LabelScorers,
  ) {}

  /** @throws as `countByDate` */
  timeline({ libraryId }: Viewer, request: TimelineRequest): Promise<Timeline> {
    return countByDate(this.prisma, libraryId, request);
  }

  /** @throws as `clusterByPosition` */
  async map(viewer: Viewer, request: MapRequest): Promise<PlacedAssets> {
    const { clusters, totalCount } = await clusterByPosition(this.prisma, viewer.libraryId, request);
    const ids = clusters.map(({ assetId }) => assetId);
    const found = await this.assets.findMany(viewer, ids);
    return {
      clusters: clusters.map((cluster) => ({ ...cluster, asset: found.get(cluster.assetId) ?? null })),
      totalCount,
    };
  }

  /** @throws as `randomIds` */
  async random(viewer: Viewer, request: RandomRequest): Promise<Page<Edge<Asset>>> {
    const found = await randomIds(this.prisma, viewer.libraryId, request);
    const ids = found.map(({ id }) => id);
    const assets = await this.assets.findMany(viewer, ids);
    const places = found.map(({ id, cursor }) => ({ node: assets.get(id), cursor }));
    return toPresentPage(places, request);
  }

  /** @throws INVALID_ARGUMENT, INVALID_FILTER, SERVER_BUSY */
  async groups(
    viewer: Viewer,
    { filter, k, vocabulary }: GroupsRequest,
  ): Promise<{ readonly groups: readonly GroupWithAssets[]; readonly sampleSize: number }> {
    const words = vocabulary ? checkVocabulary(vocabulary) : BACKGROUND_LABELS;
    const model = await this.models.active();
    const request = { filter: filter ?? {}, k: k ?? DEFAULT_GROUPS, words };
    const { activeCount, pendingCount } = this.#oneGrouping;
    if (activeCount + pendingCount >= MAX_GROUPINGS)
      throw new AfterimageError(
        'SERVER_BUSY',
        `expected fewer than ${MAX_GROUPINGS} requests for clusters at a time, received more: try again later`,
      );
    const { groups, sampleSize } = await this.#oneGrouping(() =>
      groupPictures(this.prisma, viewer.libraryId, model, request, () => this.scorers.classEmbeddings(model, words)),
    );
    const shown = groups.flatMap(({ assetIds }) => assetIds.slice(0, REPRESENTATIVES));
    const assets = await this.assets.findMany(viewer, shown);
    return {
      groups: groups.map((group) => ({
        ...group,
        representatives: group.assetIds.slice(0, REPRESENTATIVES).flatMap((id) => assets.get(id) ?? []),
      })),
      sampleSize,
    };
  }
}

function checkVocabulary(words: readonly string[]): string[] {
  if (words.length === 0 || words.length > MAX_VOCABULARY)
    throw new AfterimageError('INVALID_ARGUMENT', expected(`1 to ${MAX_VOCABULARY} words`, 'vocabulary', words));
  return checkLabelNames(words, 'a word of vocabulary', 'words of vocabulary');
}
