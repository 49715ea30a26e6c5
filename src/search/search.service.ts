import type { Backgrounds } from './backgrounds.js';
import { checkQuery } from './check-query.js';
import { AUTO_RELEVANCE, cutOff, idsAbove, leastRelevance, type CutoffRequest } from './cutoff.js';
import { estimateTotal } from './estimated-total.js';
import type { KeywordIndex } from './keyword-index.js';
import { hasClues, type Clues, type QueryClues, type TextClue } from './query-clues.js';
import type { QueryImage, QueryImages } from './query-image.js';
import { parseQuery, type QueryWords } from './query-words.js';
import {
  askedAhead,
  fusedRanking,
  keywordRanking,
  visualRanking,
  type FindKeyword,
  type FindVisual,
} from './ranking.js';
import { relevanceOf } from './relevance.js';
import { depthsOf, type RankedSearch, type SearchEdge, type SearchPages, type SearchRequest } from './search-pages.js';
import { SearchScope } from './search-scope.js';
import { SearchTimes, type SearchDurations } from './search-times.js';
import type { SearchShape, SlowSearches } from './slow-searches.js';
import { steadyList } from './steady-list.js';
import type { Libraries } from '../access/libraries.js';
import type { Viewer } from '../access/viewer.js';
import type { AssetFilter } from '../assets/asset-filter.js';
import type { ModelEmbedding } from '../assets/asset-index.js';
import type { ServedModel, ServedModels } from '../assets/served-models.js';
import { Prisma } from '../database/database.js';
import { AfterimageError, expected } from '../errors.js';
import { isId } from '../id.js';
import { dotProduct } from '../inference/vectors.js';
import { loadOnce } from '../load-once.js';
import type { WorkMeter } from '../metrics/work-meter.js';
import { checkFirst, type Page } from '../pagination.js';

/** By what a text search finds: what pictures show, what is written of them, or both. */
export const SEARCH_MODES = ['SEMANTIC', 'KEYWORD', 'HYBRID'] as const;
export type SearchMode = (typeof SEARCH_MODES)[number];

/**
 * The words of a query that HYBRID looks for misspelled too: so short a one may be a name. A longer one describes a picture,
 * hardly any asset has all of its words, and to look for what is written alike takes long in a large library.
 */
const MAX_MISSPELLED = 3;

interface TextSearch extends SearchRequest, Clues, CutoffRequest {
  readonly query: string;
  /** HYBRID by default. */
  readonly mode?: SearchMode | null;
  /** Whether it was taken before: what is refused of a new one since is answered as it was then. */
  readonly isStored?: boolean;
}

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
    private readonly queryImages: QueryImages,
    private readonly clues: QueryClues,
    private readonly keywords: KeywordIndex,
    private readonly pages: SearchPages,
    private readonly backgrounds: Backgrounds,
    private readonly slow: SlowSearches,
    private readonly meter: Pick<WorkMeter, 'search'>,
  ) {}

  /** @throws INVALID_ARGUMENT, INVALID_FILTER, INVALID_CURSOR, ASSET_NOT_FOUND, ASSET_NOT_READY, ASSET_FAILED */
  async byText(
    viewer: Viewer,
    { query, mode, not, like, unlike, cutoff, minRelevance, isStored, ...request }: TextSearch,
  ): Promise<SearchResult> {
    const times = new SearchTimes();
    const text = checkQuery(query);
    checkFirst(request.first);
    const filter = request.filter ?? {};
    const words = parseQuery(text);
    if (!words.hasMeaning && !isStored) throw onlyExcludes(query);
    const isLenient = mode === 'KEYWORD' || words.terms.length <= MAX_MISSPELLED;
    const isByWords = mode !== 'SEMANTIC';
    const excluded = isByWords && words.excluded.length > 0 ? this.keywords.excluding(words) : undefined;
    const scope = this.#scope(viewer, filter, excluded);
    const find = this.#findKeyword(viewer, words, isLenient, filter, times);
    const clues = { not, like, unlike };
    const least = leastRelevance({ cutoff, minRelevance });
    const isSteered = hasClues(clues);
    checkTogether(mode, isSteered, least);
    const subject = ['text', mode ?? 'HYBRID', text, ...(isSteered ? [clues] : []), ...(least === undefined ? [] : [{ least }]), ...collapsed(request)]; // prettier-ignore
    const shape = { kind: 'text', mode: mode ?? 'HYBRID', queryLength: text.length } as const;
    if (mode === 'KEYWORD') {
      const ranking = keywordRanking(find);
      return this.#result({ ranking, scope, subject, times }, request, shape, () =>
        this.keywords.count(viewer.libraryId, { query: words, isLenient, filter }),
      );
    }

    const meaning = isByWords ? words.meaning : text;
    if (request.model == null) this.models.anticipate(meaning);
    const asked = this.#model(subject, request);
    // Before the words: what is near waits for this, and an embedded database answers one question at a time.
    scope.points().catch(() => undefined);
    const findWords = isByWords ? askedAhead(find) : find;
    const model = await asked;
    const encoding = isSteered ? this.clues.ofText(viewer, model, meaning, clues) : encode(model, meaning);
    const embedding = times.measure('encodeMs', encoding);
    // Whoever waits for it later is told; until then a failure is not one that nobody takes.
    embedding.catch(() => undefined);
    const background = isSteered ? undefined : this.backgrounds.of(viewer, model);
    const relevance = background && relevanceWhen(embedding, background);
    const nearest = findNearest(viewer, model, embedding, scope, times);
    const leastScore = async (relevant: number) => (await relevance!).scoreAt(relevant);
    const visual = least === undefined ? nearest : cutOff(nearest, () => leastScore(least));
    const scores = async (ids: readonly string[]) => scoresOf(model, await embedding, ids);
    const coverage =
      least === undefined
        ? {
            isWhole: () => scope.isEmbedded(model.id),
            of: async (ids: readonly string[]) => new Set((await scores(ids)).keys()),
          }
        : { isWhole: () => Promise.resolve(false), of: idsAbove(scores, () => leastScore(least)) };
    const search = {
      scope,
      ranking: isByWords ? fusedRanking(visual, findWords, coverage) : visualRanking(visual),
      subject: [...subject, model.id],
      scores,
      relevance,
      times,
    };
    return this.#result(search, request, { ...shape, modelId: model.id }, async () => {
      if (!background) return null;
      return estimateTotal({
        nearest,
        among: (ids) => scope.among(ids),
        leastScore: await leastScore(least ?? AUTO_RELEVANCE),
        sample: async () => [...(await scoresOf(model, await embedding, await scope.sample())).values()],
        count: () => scope.count(),
      });
    });
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
    const model = await this.#model(subject, request);
    const embedding = await times.measure('encodeMs', embed(model));
    const own = ids.filter(isId);
    const isOwn = own.length > 0 ? Prisma.sql`asset.id = ANY (${own}::uuid[])` : undefined;
    const scope = this.#scope(viewer, request.filter ?? {}, isOwn);
    const nearest = findNearest(viewer, model, Promise.resolve(embedding), scope, times);
    const search = { ranking: visualRanking(nearest), scope, subject: [...subject, model.id], times };
    return this.#result(search, request, { kind: 'similar', modelId: model.id });
  }

  async #result(
    search: RankedSearch,
    request: SearchRequest,
    shape: Pick<SearchShape, 'kind' | 'mode' | 'modelId' | 'queryLength'>,
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

  /** Pages of one search are of one model, also where another has become the active one in between. */
  async #model(subject: readonly unknown[], { model, after, filter }: SearchRequest): Promise<ServedModel> {
    const asked = await this.models.find(model);
    if (model != null || after == null) return asked;
    const isOf = ({ id }: ServedModel) => depthsOf([...subject, id], filter ?? {}).fits(after);
    return isOf(asked) ? asked : ((await this.models.all()).find(isOf) ?? asked);
  }

  #scope({ libraryId }: Viewer, filter: AssetFilter, excluded?: Prisma.Sql): SearchScope {
    return new SearchScope(this.libraries.rows(libraryId), libraryId, filter, excluded);
  }

  #findKeyword(
    { libraryId }: Viewer,
    query: QueryWords,
    isLenient: boolean,
    filter: AssetFilter,
    times: SearchTimes,
  ): FindKeyword {
    return (limit, offset) =>
      times.measure('keywordSearchMs', this.keywords.find(libraryId, { query, isLenient, filter, limit, offset }));
  }
}

/** What the collapse adds to the subject of a search: its cursors do not fit the same search without it. */
function collapsed({ collapseNearDuplicates }: SearchRequest): string[] {
  return collapseNearDuplicates ? ['collapsed'] : [];
}

function onlyExcludes(query: string): AfterimageError {
  const something = 'something to find beside what is excluded (a filter by "not" lists what has none of it)';
  return new AfterimageError('INVALID_ARGUMENT', expected(something, 'query', query));
}

/** What a relevance of is not known for, nothing can be cut off by it. @throws INVALID_ARGUMENT */
function checkTogether(mode: SearchMode | null | undefined, isSteered: boolean, least: number | undefined): void {
  if (!isSteered) return;
  if (mode === 'KEYWORD')
    throw new AfterimageError('INVALID_ARGUMENT', expected('no not, like or unlike', 'the mode KEYWORD', 'some'));
  if (least !== undefined)
    throw new AfterimageError('INVALID_ARGUMENT', expected('no not, like or unlike', 'a cutoff', 'some'));
}

function relevanceWhen(embedding: Promise<ModelEmbedding>, background: ReturnType<Backgrounds['of']>) {
  const relevance = Promise.all([embedding, background]).then(([{ vector }, found]) => relevanceOf(vector, found));
  relevance.catch(() => undefined);
  return relevance;
}

function findNearest(
  { libraryId }: Viewer,
  { index }: ServedModel,
  embedding: Promise<ModelEmbedding>,
  scope: SearchScope,
  times: SearchTimes,
): FindVisual {
  return steadyList(async (limit, offset) => {
    const [query, filter] = await Promise.all([embedding, scope.points()]);
    return times.measure('vectorSearchMs', index.nearest(libraryId, { embedding: query, filter, limit, offset }));
  });
}

async function encode(model: ServedModel, text: string): Promise<ModelEmbedding> {
  const [vector] = await (await model.encoder()).encodeTexts([text]);
  return { modelId: model.id, vector: vector! };
}

async function scoresOf(
  { index }: ServedModel,
  { vector }: ModelEmbedding,
  ids: readonly string[],
): Promise<Map<string, number>> {
  const found = await index.embeddings(ids);
  return new Map([...found].map(([id, other]) => [id, dotProduct(vector, other)]));
}
