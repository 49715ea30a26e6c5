import { toPayload } from './asset-payload.js';
import { vectorsOfLibrary } from '../access/library-scope.js';
import type { PrismaClient } from '../database/database.js';
import type { Asset } from '../database/generated/client.js';
import type { Filter, Payload, ScoredPoint, VectorCollection } from '../vectorstore/vectorstore.js';

/** The embeddings of the assets, made by one model, with what of each asset the vector store filters by. */
export class AssetIndex {
  constructor(
    private readonly prisma: PrismaClient,
    private readonly collection: VectorCollection,
  ) {}

  async put(asset: Asset, embedding: Float32Array): Promise<void> {
    const [payload] = await this.payloads([asset]);
    await this.collection.upsert([{ id: asset.id, vector: embedding, payload: payload! }]);
  }

  /** Tells the store what the asset is like now; does nothing for an asset that has no embedding. */
  async refresh(asset: Asset): Promise<void> {
    const [payload] = await this.payloads([asset]);
    await this.collection.setPayload([{ id: asset.id, payload: payload! }]);
  }

  remove(assetIds: readonly string[]): Promise<void> {
    return this.collection.delete(assetIds);
  }

  /** The assets of a library nearest to an embedding, best first. */
  nearest(
    libraryId: string,
    query: { embedding: Float32Array; filter: Filter; limit: number; offset: number },
  ): Promise<ScoredPoint[]> {
    const { embedding, filter, limit, offset } = query;
    return this.collection.query({ vector: embedding, filter: vectorsOfLibrary(libraryId, filter), limit, offset });
  }

  /** L2-normalised embeddings by asset id; assets that have none are left out. The caller has checked their library. */
  async embeddings(assetIds: readonly string[]): Promise<Map<string, Float32Array>> {
    const points = await this.collection.get(assetIds);
    return new Map(points.map(({ id, vector }) => [id, vector]));
  }

  /** What the store ought to know of each of these assets, in their order. */
  async payloads(assets: readonly Asset[]): Promise<Payload[]> {
    const assignments = await this.prisma.assetLabel.findMany({
      where: { assetId: { in: assets.map(({ id }) => id) }, state: { not: 'REJECTED' } },
      select: { assetId: true, label: { select: { nameKey: true } } },
      orderBy: { label: { nameKey: 'asc' } },
    });
    const labels = new Map<string, string[]>(assets.map(({ id }) => [id, []]));
    for (const { assetId, label } of assignments) labels.get(assetId)!.push(label.nameKey);
    return assets.map((asset) => toPayload(asset, labels.get(asset.id)!));
  }
}
