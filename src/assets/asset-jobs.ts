import { Readable } from 'node:stream';
import type { AssetEvents } from './asset-events.js';
import { toStoredMetadata } from './asset-fields.js';
import { blobKey, blobKeys, ORIGINAL, RENDITION_FILES, RENDITION_NAMES, type Renditions } from './asset-files.js';
import type { AssetIndex } from './asset-index.js';
import { deriveImages, type DerivedImages } from './derive-images.js';
import type { UploadLeases } from './upload-leases.js';
import { readMetadata, type EmbeddedMetadata } from './metadata.js';
import type { BlobStore } from '../blobstore/blobstore.js';
import type { Prisma, PrismaClient } from '../database/database.js';
import type { Asset } from '../database/generated/client.js';
import type { JobKind } from '../database/generated/enums.js';
import type { Encoder } from '../inference/encoder.js';
import type { JobHandler } from '../jobs/job-outcomes.js';
import type { Failure, RunningJob } from '../jobs/job-queue.js';
import { hasUnfinishedJob } from '../jobs/unfinished-job.js';

/** What is done to assets behind the scenes. Jobs of one asset never overlap, and each may run twice. */
export class AssetJobs implements Record<JobKind, JobHandler> {
  constructor(
    private readonly prisma: PrismaClient,
    private readonly blobs: BlobStore,
    private readonly leases: UploadLeases,
    private readonly encoder: Encoder,
    private readonly index: AssetIndex,
    private readonly events: AssetEvents,
    private readonly maxPixels: number,
  ) {}

  /** From PENDING to READY: renditions, metadata, embedding. */
  readonly PROCESS_ASSET: JobHandler = {
    run: async (job) => {
      const asset = await this.#find(job.assetId);
      if (!asset) return this.PURGE_ASSET.run(job);
      if (asset.state === 'READY' && asset.embeddingModelId === this.encoder.manifest.id) return;
      await this.#process(asset);
    },
    onFailed: (transaction, job, failure) => this.#markFailed(transaction, job, failure),
    onEnded: ({ libraryId, assetId }) => this.events.publish('assetProcessed', libraryId, { assetId }),
  };

  /** The vector store learns what has changed about an asset. */
  readonly SYNC_VECTOR: JobHandler = {
    run: async ({ assetId }) => {
      const asset = await this.#find(assetId);
      if (asset) await this.index.refresh(asset);
    },
  };

  /** The row is gone: so goes all that hung on it. */
  readonly PURGE_ASSET: JobHandler = {
    run: ({ libraryId, assetId }) =>
      this.leases.hold(assetId, libraryId, async () => {
        // Since then it may have come back from an archive.
        if (await this.#find(assetId)) return;
        await this.index.remove([assetId]);
        await this.blobs.delete(blobKeys(libraryId, assetId));
      }),
  };

  /**
   * Enqueues the assets whose embedding is of another model, as after a change of the model. They stay READY, and are
   * found again one by one as their new embeddings come.
   */
  async enqueueOutdated(): Promise<void> {
    await this.prisma.$executeRaw`
      INSERT INTO "job" ("id", "library_id", "kind", "asset_id")
      SELECT gen_random_uuid(), "library_id", 'PROCESS_ASSET', "id" FROM "asset"
      WHERE "state" = 'READY' AND "embedding_model_id" <> ${this.encoder.manifest.id} AND NOT ${hasUnfinishedJob('PROCESS_ASSET')}`;
  }

  async #process(asset: Asset): Promise<void> {
    const key = blobKey(asset.libraryId, asset.id, ORIGINAL);
    const { images, metadata } = await this.blobs.withLocalFile(key, async (path) => ({
      images: await deriveImages(path, this.maxPixels, this.encoder.manifest.image),
      metadata: await readMetadata(path, asset.mimeType),
    }));
    const [embedding, renditions] = await Promise.all([
      this.encoder.encodeImage(images.pixels),
      this.#storeRenditions(asset, images),
    ]);
    await this.#fillEmpty(asset.id, metadata.words);
    // Read again: since then somebody may have tagged it, or deleted it.
    const current = await this.#find(asset.id);
    if (!current) return this.#purge(asset);
    await this.index.put({ ...current, ...metadata.capture }, embedding);
    const { count } = await this.prisma.asset.updateMany({
      where: { id: asset.id },
      data: {
        ...metadata.capture,
        renditions,
        dominantColours: [...images.dominantColours],
        thumbhash: images.thumbhash,
        state: 'READY',
        failureCode: null,
        failureMessage: null,
        embeddingModelId: this.encoder.manifest.id,
        processedAt: new Date(),
      },
    });
    if (count === 0) await this.#purge(asset);
  }

  /** The file's own title, description and tags, where nobody has given it any: what a person says comes first. */
  async #fillEmpty(id: string, words: EmbeddedMetadata['words']): Promise<void> {
    const { title, description, tags } = toStoredMetadata(words);
    if (title) await this.prisma.asset.updateMany({ where: { id, title: null }, data: { title } });
    if (description) await this.prisma.asset.updateMany({ where: { id, description: null }, data: { description } });
    if (tags.length > 0) await this.prisma.asset.updateMany({ where: { id, tags: { isEmpty: true } }, data: { tags } });
  }

  async #storeRenditions(asset: Asset, { renditions }: DerivedImages): Promise<Renditions> {
    const stored: Renditions = {};
    for (const name of RENDITION_NAMES) {
      const { data, width, height } = renditions[name];
      const key = blobKey(asset.libraryId, asset.id, RENDITION_FILES[name].fileName);
      await this.blobs.write(key, Readable.from([data]));
      stored[name] = { width, height, byteSize: data.length };
    }
    return stored;
  }

  async #markFailed(transaction: Prisma.TransactionClient, job: RunningJob, failure: Failure): Promise<void> {
    await transaction.asset.updateMany({
      where: { id: job.assetId, state: 'PENDING' },
      data: { state: 'FAILED', failureCode: failure.code, failureMessage: failure.message, processedAt: new Date() },
    });
  }

  #purge({ id, libraryId }: Asset): Promise<void> {
    return this.PURGE_ASSET.run({ assetId: id, libraryId });
  }

  #find(id: string): Promise<Asset | null> {
    return this.prisma.asset.findUnique({ where: { id } });
  }
}
