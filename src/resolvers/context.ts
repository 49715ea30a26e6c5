import DataLoader from 'dataloader';
import type { AuthChecker } from 'type-graphql';
import { requireRole, type Viewer } from '../access/viewer.js';
import type { AssetsService } from '../assets/assets.service.js';
import type { CollectionContents, ContentsRequest } from '../collections/collection-contents.js';
import type { CollectionsService } from '../collections/collections.service.js';
import type { ResultsRequest, SavedSearchesService } from '../collections/saved-searches.service.js';
import type { Asset, Collection } from '../database/generated/client.js';
import type { Role } from '../database/generated/enums.js';
import type { Assignment, LabelsRequest, LabelsService } from '../labelling/labels.service.js';
import type { Edge, Page } from '../pagination.js';
import type { SearchResult } from '../search/search.service.js';

/** What every resolver knows of the request that it serves. */
export interface RequestContext {
  readonly viewer: Viewer;
  /** Address of the server as the client reaches it, without a slash at its end. */
  readonly baseUrl: string;
  /** Aborted with REQUEST_ABANDONED when the client has gone. */
  readonly signal: AbortSignal;
  /** The labels of many assets in one statement. */
  readonly labelsByAsset: DataLoader<LabelsRequest, Assignment[]>;
  /** Ids of the models of the embeddings of many assets in one statement. */
  readonly modelIdsByAsset: DataLoader<string, string[]>;
  /** Assets by their ids, many in one statement; null for one that is not there. */
  readonly assetsById: DataLoader<string, Asset | null>;
  /** The collections that many assets were put into in one statement. */
  readonly collectionsByAsset: DataLoader<string, Collection[]>;
  /** The assets of many collections in few statements. */
  readonly collectionPages: DataLoader<ContentsRequest, Page<Edge<Asset>>>;
  /** How many assets are in each of many collections, in one statement. */
  readonly collectionCounts: DataLoader<Collection, number | null>;
  /** What many saved searches find, a few at a time. */
  readonly savedSearchPages: DataLoader<ResultsRequest, SearchResult>;
}

/** What the loaders of a request ask. */
export interface LoaderSources {
  readonly assets: AssetsService;
  readonly labels: LabelsService;
  readonly collections: CollectionsService;
  readonly contents: CollectionContents;
  readonly savedSearches: SavedSearchesService;
}

export function createContext(
  viewer: Viewer,
  baseUrl: string,
  signal: AbortSignal,
  { assets, labels, collections, contents, savedSearches }: LoaderSources,
): RequestContext {
  return {
    viewer,
    baseUrl,
    signal,
    labelsByAsset: new DataLoader((wanted) => labels.ofAssets(viewer, wanted), { cache: false }),
    modelIdsByAsset: new DataLoader((ids) => assets.embeddingModels(viewer, ids), { cache: false }),
    assetsById: new DataLoader((ids) => assets.findInOrder(viewer, ids), { cache: false }),
    collectionsByAsset: new DataLoader((ids) => collections.ofAssets(viewer, ids), { cache: false }),
    collectionPages: new DataLoader((requests) => contents.pages(viewer, requests), { cache: false }),
    collectionCounts: new DataLoader((wanted) => contents.counts(viewer, wanted), { cache: false }),
    savedSearchPages: new DataLoader((requests) => savedSearches.results(viewer, requests), { cache: false }),
  };
}

/** Every query, mutation and subscription names the least role that may use it. @throws FORBIDDEN */
export const checkRole: AuthChecker<RequestContext, Role> = ({ context }, roles) => {
  for (const role of roles) requireRole(context.viewer, role);
  return true;
};
