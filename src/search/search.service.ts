import { z } from 'zod';
import type { QueryImage, QueryImages } from './query-image.js';
import type { Viewer } from '../access/viewer.js';
import { toVectorFilter, type AssetFilter } from '../assets/asset-filter.js';
import type { ModelEmbedding } from '../assets/asset-index.js';
import type { AssetsService } from '../assets/assets.service.js';
import type { ServedModel, ServedModels } from '../assets/served-models.js';
import type { Asset } from '../database/generated/client.js';
import { AfterimageError, expected } from '../errors.js';
import { checkFirst, cursorsOf, toPage, type Edge, type Page, type PageRequest } from '../pagination.js';
import type { Filter } from '../vectorstore/vectorstore.js';

const MAX_QUERY_LENGTH = 1_000;

export interface SearchEdge extends Edge<Asset> {
  /** Cosine of the two embeddings, -1 to 1. Not a probability; only scores of one model can be compared. */
  readonly score: number;
}

interface SearchRequest extends PageRequest {
  readonly filter?: AssetFilter | null;
  /** The id of the model to ask; by default the active one, and for a next page the one that gave the page before. */
  readonly model?: string | null;
}

/** Finds READY assets by meaning. A cursor says how deep it lies in the ranking: it holds while nothing changes. */
export class SearchService {
  constructor(
    private readonly assets: AssetsService,
    private readonly models: ServedModels,
    private readonly queryImages: QueryImages,
  ) {}

  /** @throws INVALID_ARGUMENT, INVALID_FILTER, INVALID_CURSOR, MODEL_UNKNOWN, MODEL_INCOMPLETE */
  async byText(viewer: Viewer, { query, ...request }: { query: string } & SearchRequest): Promise<Page<SearchEdge>> {
    const text = query.trim();
    if (text.length === 0 || text.length > MAX_QUERY_LENGTH)
      throw new AfterimageError('INVALID_ARGUMENT', expected(`1 to ${MAX_QUERY_LENGTH} characters`, 'query', query));
    const subject = ['text', text];
    const model = await this.#model(subject, request);
    const [vector] = await (await model.encoder()).encodeTexts([text]);
    return this.#nearest(viewer, model, { modelId: model.id, vector: vector! }, subject, request);
  }

  /** The picture that is asked about is not among its own results. @throws as `QueryImages.embed`, and as `byText` */
  async similar(viewer: Viewer, { assetId, image, ...request }: QueryImage & SearchRequest): Promise<Page<SearchEdge>> {
    const subject = ['similar', assetId ?? 'image'];
    const model = await this.#model(subject, request);
    const embedding = await this.queryImages.embed(viewer, model, { assetId, image });
    const others: Filter | undefined = assetId == null ? undefined : { not: { ids: [assetId] } };
    return this.#nearest(viewer, model, embedding, subject, request, others);
  }

  /** Pages of one search are of one model, also where another has become the active one in between. */
  async #model(subject: readonly string[], request: SearchRequest): Promise<ServedModel> {
    const asked = await this.models.find(request.model);
    if (request.model != null || request.after == null) return asked;
    const { after } = request;
    const isOf = ({ id }: ServedModel) => depthsOf(subject, id, request).fits(after);
    return isOf(asked) ? asked : ((await this.models.all()).find(isOf) ?? asked);
  }

  async #nearest(
    viewer: Viewer,
    { id: modelId, index }: ServedModel,
    embedding: ModelEmbedding,
    subject: readonly string[],
    request: SearchRequest,
    condition: Filter = { and: [] },
  ): Promise<Page<SearchEdge>> {
    const first = checkFirst(request.first);
    const filter = request.filter ?? {};
    const depths = depthsOf(subject, modelId, request);
    const conditions = { and: [condition, await this.#vectorFilter(viewer, filter)] };

    const edges: SearchEdge[] = [];
    let offset = request.after == null ? 0 : depths.decode(request.after);
    // One round, unless the vector store lags behind the rows: then what is no longer there is made up for.
    for (;;) {
      const limit = first + 1 - edges.length;
      const points = await index.nearest(viewer.libraryId, { embedding, filter: conditions, limit, offset });
      const found = await this.assets.findMany(
        viewer,
        points.map(({ id }) => id),
        filter,
      );
      points.forEach(({ id, score }, rank) => {
        const node = found.get(id);
        if (node) edges.push({ node, score, cursor: depths.encode(offset + rank + 1) });
      });
      offset += points.length;
      if (edges.length > first || points.length < limit) return toPage(edges, request);
    }
  }

  async #vectorFilter(viewer: Viewer, filter: AssetFilter): Promise<Filter> {
    const textMatches = filter.text ? await this.assets.ids(viewer, filter) : undefined;
    return toVectorFilter(filter, textMatches);
  }
}

function depthsOf(subject: readonly string[], modelId: string, { filter }: SearchRequest) {
  return cursorsOf([...subject, modelId, filter ?? {}], z.int32().nonnegative());
}
