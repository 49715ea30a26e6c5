import { modelOfSearch } from './model-of-search.js';
import { findNearest } from './nearest.js';
import type { QueryClues, TextClue } from './query-clues.js';
import type { QueryImage, QueryImages } from './query-image.js';
import { visualRanking } from './ranking.js';
import { collapsed, type RankedSearch, type SearchEdge, type SearchPages, type SearchRequest } from './search-pages.js';
import { SearchScope } from './search-scope.js';
import { SearchTimes, type SearchDurations } from './search-times.js';
import type { QueryShape, SlowSearches } from './slow-searches.js';
import type { TextSearch, TextSearches } from './text-search.js';
import type { Libraries } from '../access/libraries.js';
import type { Viewer } from '../access/viewer.js';
import type { ModelEmbedding } from '../assets/asset-index.js';
import type { ServedModel, ServedModels } from '../assets/served-models.js';
import { Prisma } from '../database/database.js';
import { AfterimageError, expected } from '../errors.js';
import { isId } from '../id.js';
import { loadOnce } from '../load-once.js';
import type { WorkMeter } from '../metrics/work-meter.js';
import type { Page } from '../pagination.js';

interface PictureSearch extends QueryImage, SearchRequest {
  /** Instead of one. */
  readonly assetIds?: readonly string[] | null;
  readonly withText?: TextClue | null;
}

interface PictureQuery {
  /** Of the assets that are asked about. */
  readonly ids: readonly string[];
  /** As of `RankedSearch`, but for the model. */
  readonly subject: readonly unknown[];
  readonly embed: (model: ServedModel) => Promise<ModelEmbedding>;
}

export interface SearchResult extends Page<SearchEdge> {
  /**
   * About how many assets fit by meaning, or how many words alone find; asked for by those only who want it, and made once.
   * Null where nobody can say.
   */
  readonly estimateTotal: () => Promise<number | null>;
  /** Null where it was not asked for. */
  readonly durations: SearchDurations | null;
}

/** Finds READY assets by text and by picture. */
export class SearchService {
  constructor(
    private readonly libraries: Libraries,
    private readonly models: ServedModels,
    private readonly texts: TextSearches,
    private readonly queryImages: QueryImages,
    private readonly clues: QueryClues,
    private readonly pages: SearchPages,
    private readonly slow: SlowSearches,
    private readonly meter: Pick<WorkMeter, 'search'>,
  ) {}

  /** @throws as `TextSearches.rank` */
  async byText(viewer: Viewer, request: TextSearch): Promise<SearchResult> {
    const { search, shape, estimate } = await this.texts.rank(viewer, request, new SearchTimes());
    return this.#result(search, request, shape, estimate);
  }

  /**
   * The assets that are asked about are not among their own results; several are as good as one that is their mean.
   * @throws as `QueryImages.open`, and as `byText`
   */
  async similar(
    viewer: Viewer,
    { assetId, assetIds, image, crop, signal, withText, ...request }: PictureSearch,
  ): Promise<SearchResult> {
    const times = new SearchTimes();
    const { length } = [assetId, assetIds, image].filter((given) => given != null);
    if (length !== 1) {
      const message = `expected one of assetId, assetIds and image, received ${length} of them`;
      throw new AfterimageError('INVALID_ARGUMENT', message);
    }
    if (assetIds != null && crop != null)
      throw new AfterimageError('INVALID_ARGUMENT', expected('no crop', 'assetIds', 'one'));
    const ids = assetIds ?? (assetId == null ? [] : [assetId]);
    const subject = ['similar', ids, withText ?? null, ...(crop ? [crop] : []), ...collapsed(request)];
    if (assetIds) {
      const embed = (model: ServedModel) => this.clues.ofAssets(viewer, model, assetIds, withText);
      return this.#alike(viewer, { ids, subject, embed }, request, times);
    }
    return this.queryImages.open(viewer, { assetId, image, crop, signal }, ({ sha256, embed: embedPicture }) => {
      const embed = async (model: ServedModel) => {
        const embedding = await embedPicture(model);
        return withText ? this.clues.withText(model, embedding, withText) : embedding;
      };
      const own = sha256 === undefined ? [] : [{ sha256 }];
      return this.#alike(viewer, { ids, subject: [...subject, ...own], embed }, request, times);
    });
  }

  async #alike(
    viewer: Viewer,
    { ids, subject, embed }: PictureQuery,
    request: SearchRequest,
    times: SearchTimes,
  ): Promise<SearchResult> {
    const model = await modelOfSearch(this.models, subject, request);
    const embedding = await times.measure('encodeMs', () => embed(model));
    const own = ids.filter(isId);
    const isOwn = own.length > 0 ? Prisma.sql`asset.id = ANY (${own}::uuid[])` : undefined;
    const { libraryId } = viewer;
    const scope = new SearchScope(this.libraries.rows(libraryId), libraryId, request.filter ?? {}, isOwn);
    const nearest = findNearest(viewer, model, Promise.resolve(embedding), scope, times);
    const search = { ranking: visualRanking(nearest), scope, subject: [...subject, model.id], times };
    return this.#result(search, request, { kind: 'similar', modelId: model.id });
  }

  async #result(
    search: RankedSearch,
    request: SearchRequest,
    shape: QueryShape,
    estimate: SearchResult['estimateTotal'] = () => Promise.resolve(null),
  ): Promise<SearchResult> {
    const page = await this.pages.page(search, request);
    const durations = search.times.read();
    this.meter.search(shape.mode ?? 'SIMILAR', durations.totalMs);
    const { first, filter, after } = request;
    const edges = page.edges.length;
    this.slow.note({ ...shape, first, isFiltered: filter != null, isFirstPage: after == null, edges }, durations);
    return { ...page, estimateTotal: loadOnce(estimate), durations: request.explain ? durations : null };
  }
}
