import { checkQuery } from './check-query.js';
import type { KeywordIndex } from './keyword-index.js';
import { hasClues, type Clues, type QueryClues, type TextClue } from './query-clues.js';
import type { QueryImage, QueryImages } from './query-image.js';
import { parseQuery, type QueryWords } from './query-words.js';
import { fusedRanking, keywordRanking, visualRanking, type FindKeyword, type FindVisual } from './ranking.js';
import { depthsOf, type SearchEdge, type SearchPages, type SearchRequest } from './search-pages.js';
import type { Viewer } from '../access/viewer.js';
import type { AssetFilter } from '../assets/asset-filter.js';
import { isAssetId } from '../assets/asset-id.js';
import type { ModelEmbedding } from '../assets/asset-index.js';
import type { AssetsService } from '../assets/assets.service.js';
import type { ServedModel, ServedModels } from '../assets/served-models.js';
import { AfterimageError, expected } from '../errors.js';
import { dotProduct } from '../inference/vectors.js';
import { checkFirst, type Page } from '../pagination.js';
import type { Filter } from '../vectorstore/vectorstore.js';

/** By what a text search finds: what pictures show, what is written of them, or both. */
export const SEARCH_MODES = ['SEMANTIC', 'KEYWORD', 'HYBRID'] as const;
export type SearchMode = (typeof SEARCH_MODES)[number];

/**
 * The words of a query that HYBRID looks for misspelled too: so short a one may be a name. A longer one describes a picture,
 * hardly any asset has all of its words, and to look for what is written alike takes long in a large library.
 */
const MAX_MISSPELLED = 3;

interface TextSearch extends SearchRequest, Clues {
  readonly query: string;
  /** HYBRID by default. */
  readonly mode?: SearchMode | null;
}

interface PictureSearch extends QueryImage, SearchRequest {
  /** Instead of one. */
  readonly assetIds?: readonly string[] | null;
  readonly withText?: TextClue | null;
}

/** Finds READY assets by text and by picture. */
export class SearchService {
  constructor(
    private readonly assets: AssetsService,
    private readonly models: ServedModels,
    private readonly queryImages: QueryImages,
    private readonly clues: QueryClues,
    private readonly keywords: KeywordIndex,
    private readonly pages: SearchPages,
  ) {}

  /** @throws INVALID_ARGUMENT, INVALID_FILTER, INVALID_CURSOR, ASSET_NOT_FOUND, ASSET_NOT_READY */
  async byText(viewer: Viewer, { query, mode, not, like, unlike, ...request }: TextSearch): Promise<Page<SearchEdge>> {
    const text = checkQuery(query);
    checkFirst(request.first);
    const filter = request.filter ?? {};
    const words = parseQuery(text);
    const isLenient = mode === 'KEYWORD' || words.words.length <= MAX_MISSPELLED;
    const find = this.#findKeyword(viewer, words, isLenient, filter);
    const clues = { not, like, unlike };
    const subject = ['text', mode ?? 'HYBRID', text, ...(hasClues(clues) ? [clues] : []), ...collapsed(request)];
    if (mode === 'KEYWORD' && hasClues(clues))
      throw new AfterimageError('INVALID_ARGUMENT', expected('no not, like or unlike', 'the mode KEYWORD', 'some'));
    if (mode === 'KEYWORD') return this.pages.page(viewer, { ranking: keywordRanking(find), subject }, request);

    const isHybrid = mode !== 'SEMANTIC';
    const meaning = isHybrid ? words.meaning : text;
    if (request.model == null) this.models.anticipate(meaning);
    const model = await this.#model(subject, request);
    const embedding = hasClues(clues) ? this.clues.ofText(viewer, model, meaning, clues) : encode(model, meaning);
    // Whoever waits for it later is told; until then a failure is not one that nobody takes.
    embedding.catch(() => undefined);
    const without = isHybrid ? () => this.#without(viewer, words) : undefined;
    const nearest = this.#findNearest(viewer, model, embedding, filter, without);
    const search = {
      ranking: isHybrid ? fusedRanking(nearest, find) : visualRanking(nearest),
      subject: [...subject, model.id],
      scores: async (ids: readonly string[]) => scoresOf(model, await embedding, ids),
    };
    return this.pages.page(viewer, search, request);
  }

  /**
   * The assets that are asked about are not among their own results; several are as good as one that is their mean.
   * @throws as `QueryImages.embed`, and as `byText`
   */
  async similar(
    viewer: Viewer,
    { assetId, assetIds, image, crop, withText, ...request }: PictureSearch,
  ): Promise<Page<SearchEdge>> {
    if (assetIds != null && (assetId != null || image != null))
      throw new AfterimageError('INVALID_ARGUMENT', 'expected one of assetId, assetIds and image, received more');
    if (assetIds != null && crop != null)
      throw new AfterimageError('INVALID_ARGUMENT', expected('no crop', 'assetIds', 'one'));
    const ids = assetIds ?? (assetId == null ? [] : [assetId]);
    const subject = ['similar', ids, withText ?? null, ...(crop ? [crop] : []), ...collapsed(request)];
    const model = await this.#model(subject, request);
    const found = assetIds
      ? await this.clues.ofAssets(viewer, model, assetIds, withText)
      : await this.#ofPicture(viewer, model, { assetId, image, crop }, withText);
    const others: Filter = ids.length === 0 ? { and: [] } : { not: { ids: ids.filter(isAssetId) } };
    const nearest = this.#findNearest(viewer, model, Promise.resolve(found), request.filter ?? {}, () =>
      Promise.resolve(others),
    );
    return this.pages.page(viewer, { ranking: visualRanking(nearest), subject: [...subject, model.id] }, request);
  }

  /** Pages of one search are of one model, also where another has become the active one in between. */
  async #model(subject: readonly unknown[], { model, after, filter }: SearchRequest): Promise<ServedModel> {
    const asked = await this.models.find(model);
    if (model != null || after == null) return asked;
    const isOf = ({ id }: ServedModel) => depthsOf([...subject, id], filter ?? {}).fits(after);
    return isOf(asked) ? asked : ((await this.models.all()).find(isOf) ?? asked);
  }

  async #ofPicture(
    viewer: Viewer,
    model: ServedModel,
    picture: QueryImage,
    withText: TextClue | null | undefined,
  ): Promise<ModelEmbedding> {
    const embedding = await this.queryImages.embed(viewer, model, picture);
    return withText ? this.clues.withText(model, embedding, withText) : embedding;
  }

  #findNearest(
    viewer: Viewer,
    { index }: ServedModel,
    embedding: Promise<ModelEmbedding>,
    filter: AssetFilter,
    condition: () => Promise<Filter> = () => Promise.resolve({ and: [] }),
  ): FindVisual {
    let conditions: Promise<Filter[]> | undefined;
    return async (limit, offset) => {
      conditions ??= Promise.all([this.assets.pointCondition(viewer, filter), condition()]);
      const [query, and] = await Promise.all([embedding, conditions]);
      return index.nearest(viewer.libraryId, { embedding: query, filter: { and }, limit, offset });
    };
  }

  #findKeyword({ libraryId }: Viewer, query: QueryWords, isLenient: boolean, filter: AssetFilter): FindKeyword {
    return (limit, offset) => this.keywords.find(libraryId, { query, isLenient, filter, limit, offset });
  }

  /** Words are not known to the vector store: it is told which assets have those that are excluded. */
  async #without({ libraryId }: Viewer, { excluded }: QueryWords): Promise<Filter> {
    return excluded.length === 0 ? { and: [] } : { not: { ids: await this.keywords.having(libraryId, excluded) } };
  }
}

/** What the collapse adds to the subject of a search: its cursors do not fit the same search without it. */
function collapsed({ collapseNearDuplicates }: SearchRequest): string[] {
  return collapseNearDuplicates ? ['collapsed'] : [];
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
