import { checkQuery } from './check-query.js';
import type { KeywordIndex } from './keyword-index.js';
import { hasClues, type Clues, type QueryClues, type TextClue } from './query-clues.js';
import type { QueryImage, QueryImages } from './query-image.js';
import { parseQuery, type QueryWords } from './query-words.js';
import { fusedRanking, keywordRanking, visualRanking, type FindKeyword, type FindVisual } from './ranking.js';
import type { SearchEdge, SearchPages, SearchRequest } from './search-pages.js';
import type { Viewer } from '../access/viewer.js';
import { toVectorFilter, type AssetFilter } from '../assets/asset-filter.js';
import { isAssetId } from '../assets/asset-id.js';
import type { AssetIndex } from '../assets/asset-index.js';
import type { AssetsService } from '../assets/assets.service.js';
import { AfterimageError, expected } from '../errors.js';
import type { Encoder } from '../inference/encoder.js';
import { checkFirst, type Page } from '../pagination.js';
import type { Filter } from '../vectorstore/vectorstore.js';

/** By what a text search finds: what pictures show, what is written of them, or both. */
export const SEARCH_MODES = ['SEMANTIC', 'KEYWORD', 'HYBRID'] as const;
export type SearchMode = (typeof SEARCH_MODES)[number];

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
    private readonly index: AssetIndex,
    private readonly encoder: Encoder,
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
    const find = this.#findKeyword(viewer, words, filter);
    const clues = { not, like, unlike };
    const subject = ['text', mode ?? 'HYBRID', text, ...(hasClues(clues) ? [clues] : [])];
    if (mode === 'KEYWORD' && hasClues(clues))
      throw new AfterimageError('INVALID_ARGUMENT', expected('no not, like or unlike', 'the mode KEYWORD', 'some'));
    if (mode === 'KEYWORD') return this.pages.page(viewer, { ranking: keywordRanking(find), subject }, request);

    const isHybrid = mode !== 'SEMANTIC';
    const meaning = isHybrid ? words.meaning : text;
    const embedding = hasClues(clues) ? this.clues.ofText(viewer, meaning, clues) : this.#encode(meaning);
    // Whoever waits for it later is told; until then a failure is not one that nobody takes.
    embedding.catch(() => undefined);
    const nearest = this.#findNearest(
      viewer,
      embedding,
      filter,
      isHybrid ? () => this.#without(viewer, words) : undefined,
    );
    const search = {
      ranking: isHybrid ? fusedRanking(nearest, find) : visualRanking(nearest),
      subject: [...subject, this.encoder.manifest.id],
      scores: async (ids: readonly string[]) => this.#scores(await embedding, ids),
    };
    return this.pages.page(viewer, search, request);
  }

  /**
   * The assets that are asked about are not among their own results; several are as good as one that is their mean.
   * @throws as `QueryImages.embed`, and as `byText`
   */
  async similar(
    viewer: Viewer,
    { assetId, assetIds, image, withText, ...request }: PictureSearch,
  ): Promise<Page<SearchEdge>> {
    if (assetIds != null && (assetId != null || image != null))
      throw new AfterimageError('INVALID_ARGUMENT', 'expected one of assetId, assetIds and image, received more');
    const ids = assetIds ?? (assetId == null ? [] : [assetId]);
    const found = assetIds
      ? await this.clues.ofAssets(viewer, assetIds, withText)
      : await this.#ofPicture(viewer, { assetId, image }, withText);
    const others: Filter = ids.length === 0 ? { and: [] } : { not: { ids: ids.filter(isAssetId) } };
    const embedding = Promise.resolve(found);
    const nearest = this.#findNearest(viewer, embedding, request.filter ?? {}, () => Promise.resolve(others));
    const subject = ['similar', ids, withText ?? null, this.encoder.manifest.id];
    return this.pages.page(viewer, { ranking: visualRanking(nearest), subject }, request);
  }

  async #ofPicture(viewer: Viewer, picture: QueryImage, withText: TextClue | null | undefined): Promise<Float32Array> {
    const embedding = await this.queryImages.embed(viewer, picture);
    return withText ? this.clues.withText(embedding, withText) : embedding;
  }

  async #encode(text: string): Promise<Float32Array> {
    const [embedding] = await this.encoder.encodeTexts([text]);
    return embedding!;
  }

  #findNearest(
    viewer: Viewer,
    embedding: Promise<Float32Array>,
    filter: AssetFilter,
    condition: () => Promise<Filter> = () => Promise.resolve({ and: [] }),
  ): FindVisual {
    let conditions: Promise<Filter[]> | undefined;
    return async (limit, offset) => {
      conditions ??= Promise.all([this.#vectorFilter(viewer, filter), condition()]);
      const [vector, and] = await Promise.all([embedding, conditions]);
      return this.index.nearest(viewer.libraryId, { embedding: vector, filter: { and }, limit, offset });
    };
  }

  #findKeyword({ libraryId }: Viewer, query: QueryWords, filter: AssetFilter): FindKeyword {
    return (limit, offset) => this.keywords.find(libraryId, { query, filter, limit, offset });
  }

  async #vectorFilter(viewer: Viewer, filter: AssetFilter): Promise<Filter> {
    const textMatches = filter.text ? await this.assets.ids(viewer, filter) : undefined;
    return toVectorFilter(filter, textMatches);
  }

  /** Words are not known to the vector store: it is told which assets have those that are excluded. */
  async #without({ libraryId }: Viewer, { excluded }: QueryWords): Promise<Filter> {
    return excluded.length === 0 ? { and: [] } : { not: { ids: await this.keywords.having(libraryId, excluded) } };
  }

  async #scores(embedding: Float32Array, ids: readonly string[]): Promise<Map<string, number>> {
    const found = await this.index.embeddings(ids);
    return new Map([...found].map(([id, other]) => [id, dotProduct(embedding, other)]));
  }
}

/** The cosine of two L2-normalised embeddings. */
function dotProduct(one: Float32Array, other: Float32Array): number {
  return one.reduce((sum, value, axis) => sum + value * other[axis]!, 0);
}
