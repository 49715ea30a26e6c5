import { ASSET_COLUMNS } from './asset-columns.js';
import { toPayload } from './asset-payload.js';
import { vectorsOfLibrary } from '../access/library-scope.js';
import { Prisma, type PrismaClient } from '../database/database.js';
import type { Asset } from '../database/generated/client.js';
import { AfterimageError, expected } from '../errors.js';
import type { Filter, Payload, ScoredPoint, VectorCollection } from '../vectorstore/vectorstore.js';

const LABELS = Prisma.sql`ARRAY (
  SELECT DISTINCT name_key FROM asset_label JOIN label ON label.id = label_id
  WHERE asset_id = asset.id AND asset_label.state <> 'REJECTED' AND deleted_at IS NULL ORDER BY name_key) AS labels`;

/** The name of the collection that has the embeddings of a model, and of no other. */
export function collectionOf(modelId: string): string {
  return `assets-${modelId}`;
}

/** An L2-normalised embedding, and whose it is. */
export interface ModelEmbedding {
  readonly modelId: string;
  readonly vector: Float32Array;
}

export interface EmbeddedAsset {
  readonly assetId: string;
  readonly embedding: ModelEmbedding;
  /** What is about to be written of the asset. */
  readonly changes?: Partial<Asset>;
}

/**
 * The embeddings of the assets, made by one model, with what of each asset the vector store filters by. Whose an embedding
 * is, is checked when it is written and when it is asked with: those of two models never meet.
 */
export class AssetIndex {
  constructor(
    private readonly prisma: PrismaClient,
    private readonly collection: VectorCollection,
    readonly modelId: string,
  ) {
    const name = collectionOf(modelId);
    if (collection.spec.name !== name)
      throw new AfterimageError('MODEL_MISMATCH', expected(name, 'the collection of a model', collection.spec.name));
  }

  /**
   * @returns the ids of the assets that are still there; of those that are gone nothing is stored
   * @throws MODEL_MISMATCH for an embedding of another model
   */
  async put(embedded: readonly EmbeddedAsset[]): Promise<ReadonlySet<string>> {
    const given = new Map(embedded.map((each) => [each.assetId, { ...each, vector: this.#own(each.embedding) }]));
    const found = await this.#read([...given.keys()]);
    const points = found.map((asset) => {
      const { vector, changes } = given.get(asset.id)!;
      return { id: asset.id, vector, payload: toPayload({ ...asset, ...changes }, asset.labels) };
    });
    await this.collection.upsert(points);
    return new Set(points.map(({ id }) => id));
  }

  /** Tells the store what the assets are like now; does nothing for those that are gone or have no embedding. */
  async refresh(assetIds: readonly string[]): Promise<void> {
    const found = await this.#read(assetIds);
    await this.collection.setPayload(found.map((asset) => ({ id: asset.id, payload: toPayload(asset, asset.labels) })));
  }

  remove(assetIds: readonly string[]): Promise<void> {
    return this.collection.delete(assetIds);
  }

  /** The assets of a library nearest to an embedding, best first. @throws MODEL_MISMATCH for one of another model */
  async nearest(
    libraryId: string,
    query: { embedding: ModelEmbedding; filter: Filter; limit: number; offset: number },
  ): Promise<ScoredPoint[]> {
    const { embedding, filter, limit, offset } = query;
    const vector = this.#own(embedding);
    return this.collection.query({ vector, filter: vectorsOfLibrary(libraryId, filter), limit, offset });
  }

  /** As above, of several embeddings, in their order, without a filter. */
  async nearestEach(libraryId: string, embeddings: readonly ModelEmbedding[], limit: number): Promise<ScoredPoint[][]> {
    const vectors = embeddings.map((embedding) => this.#own(embedding));
    return this.collection.queryEach(vectors, { filter: vectorsOfLibrary(libraryId), limit });
  }

  /** L2-normalised embeddings by asset id; assets that have none are left out. The caller has checked their library. */
  async embeddings(assetIds: readonly string[]): Promise<Map<string, Float32Array>> {
    const points = await this.collection.get(assetIds);
    return new Map(points.map(({ id, vector }) => [id, vector]));
  }

  /** What the store ought to know of each of these assets, in their order. */
  async payloads(assets: readonly Asset[]): Promise<Payload[]> {
    const rows = await this.prisma.$queryRaw<{ id: string; labels: string[] }[]>`
      SELECT asset.id, ${LABELS} FROM asset WHERE asset.id = ANY (${assets.map(({ id }) => id)}::uuid[])`;
    const labels = new Map(rows.map((row) => [row.id, row.labels]));
    return assets.map((asset) => toPayload(asset, labels.get(asset.id) ?? []));
  }

  #read(assetIds: readonly string[]): Promise<(Asset & { readonly labels: string[] })[]> {
    return this.prisma.$queryRaw`
      SELECT ${ASSET_COLUMNS}, ${LABELS} FROM asset WHERE asset.id = ANY (${[...assetIds]}::uuid[])`;
  }

  #own({ modelId, vector }: ModelEmbedding): Float32Array {
    if (modelId !== this.modelId)
      throw new AfterimageError('MODEL_MISMATCH', expected(this.modelId, 'the model of an embedding', modelId));
    return vector;
  }
}
