import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import pLimit from 'p-limit';
import type { Logger } from 'pino';
import { MAX_TAGS, toStoredMetadata, WORD_FIELDS } from './asset-fields.js';
import {
  blobKey,
  blobKeys,
  ORIGINAL,
  RENDITION_FILES,
  RENDITION_NAMES,
  renditionDigest,
  type Renditions,
} from './asset-files.js';
import type { AssetEmbeddings } from './asset-embeddings.js';
import type { Readiness } from './become-ready.js';
import { deriveFingerprint, deriveImages, derivePixels, type DerivedImages } from './derive-images.js';
import type { NearDuplicates } from './duplicates/near-duplicates.js';
import { finishProcessing, type EncodedAsset, type ProcessedAsset } from './finish-processing.js';
import { knownOnceRead } from './known-capture.js';
import type { Capture } from './metadata.capture.js';
import type { ServedModel, ServedModels } from './served-models.js';
import type { UploadLeases } from './upload-leases.js';
import { readMetadata, type EmbeddedMetadata } from './metadata.js';
import type { BlobStore } from '../blobstore/blobstore.js';
import { Prisma, type PrismaClient } from '../database/database.js';
import type { Asset } from '../database/generated/client.js';
import type { JobKind } from '../database/generated/enums.js';
import type { SharedTopic } from '../events/topic.js';
import { giveBack } from '../give-back.js';
import type { Encoder } from '../inference/encoder.js';
import type { PreparedPicture } from '../inference/preprocess.js';
import type { JobHandler } from '../jobs/job-outcomes.js';
import type { Failure, RunningJob } from '../jobs/job-queue.js';
import { Together } from '../jobs/together.js';

type AssetJobKind = Extract<JobKind, 'PROCESS_ASSET' | 'EMBED_ASSET' | 'SYNC_VECTOR' | 'PURGE_ASSET'>;

/** So many become READY at a time at most: twice as many take hardly less each. */
const MOST_FINISHED = 16;
/** How long a picture waits for others that are being processed, to become READY with them. */
const PATIENCE_MS = 1_000;

/** What is done to assets behind the scenes. Jobs of one asset never overlap, and each may run twice. */
export class AssetJobs implements Record<AssetJobKind, JobHandler> {
  readonly #finishing = new Together<ProcessedAsset, Readiness>(
    (processed) => finishProcessing(this.prisma, this.duplicates, processed),
    { most: MOST_FINISHED, patienceMs: PATIENCE_MS },
  );

  /** Has a picture at a time processed that holds no slot any more. */
  readonly #again = pLimit(1);

  constructor(
    private readonly prisma: PrismaClient,
    private readonly blobs: BlobStore,
    private readonly leases: UploadLeases,
    private readonly models: ServedModels,
    private readonly embeddings: AssetEmbeddings,
    private readonly duplicates: NearDuplicates,
    private readonly processed: SharedTopic,
    private readonly maxPixels: number,
    private readonly log: Logger,
  ) {}

  /** From PENDING to READY: renditions, metadata, an embedding of each model, what else shows the same picture. */
  readonly PROCESS_ASSET: JobHandler = {
    run: async (job) => {
      const asset = await this.#find(job.assetId);
      if (!asset) return this.PURGE_ASSET.run(job);
      if (asset.state === 'READY') return;
      const { done } = await this.#finishing.prepare(() => this.#process(asset));
      return { done: done.then((readiness) => this.#settle(asset, readiness)) };
    },
    onFailed: (transaction, job, failure) => this.#markFailed(transaction, job, failure),
    onEnded: ({ libraryId, assetId }) => this.processed.publish(assetId, libraryId),
  };

  /** The embeddings that a READY asset lacks, and its fingerprint. */
  readonly EMBED_ASSET: JobHandler = {
    run: async (job) => {
      const asset = await this.#find(job.assetId);
      if (!asset) return this.PURGE_ASSET.run(job);
      if (asset.state !== 'READY') return;
      const missed = await this.#embed(asset);
      const isFingerprinted = await this.#fingerprint(asset);
      // A job that did something is done: the rest is enqueued anew by a process that can do it.
      if (missed !== undefined && !isFingerprinted) throw missed;
    },
    onFailed: (transaction, { assetId }, failure) => this.embeddings.fail(transaction, assetId, failure),
  };

  /** The vector store learns what has changed about an asset, in the collection of every model. */
  readonly SYNC_VECTOR: JobHandler = {
    run: ({ assetId }) => this.#refresh([assetId]),
    runTogether: (jobs) => this.#refresh(jobs.map(({ assetId }) => assetId)),
  };

  readonly PURGE_ASSET: JobHandler = { run: ({ libraryId, assetId }) => this.#purge({ id: assetId, libraryId }) };

  async #process(asset: FoundAsset): Promise<ProcessedAsset> {
    const models = await this.#loaded(await this.models.all());
    const key = blobKey(asset.libraryId, asset.id, ORIGINAL);
    const inputs = models.map(({ encoder }) => encoder.manifest.image);
    const { images, metadata } = await this.blobs.withLocalFile(key, async (path) => {
      const images = await deriveImages(path, this.maxPixels, inputs);
      return { images, metadata: await readMetadata(path, asset.mimeType, images.blocks) };
    });
    for (const { block, error } of metadata.unread)
      this.log.warn({ err: error, assetId: asset.id, block }, 'metadata of a picture was left out');
    const [encoded, renditions] = await Promise.all([
      this.#encode(models, images.pixels),
      this.#storeRenditions(asset, images),
    ]);
    await this.#takeWords(asset.id, metadata.words);
    const { fingerprint: print, thumbhash, dominantColours } = images;
    const capture = knownOnceRead(metadata.capture, asset);
    const settledFields = [...WORD_FIELDS];
    const fields = { ...capture, dominantColours: [...dominantColours], renditions, thumbhash, settledFields };
    return { asset: { id: asset.id, libraryId: asset.libraryId }, print, encoded, fields };
  }

  async #settle(asset: FoundAsset, readiness: Readiness): Promise<void> {
    if (readiness === 'gone') return this.#purge(asset);
    if (readiness === 'ready') return;
    // A model was completed, or made the active one, since this began: then it is wanted of that one too.
    const again = this.#again(async () => finishProcessing(this.prisma, this.duplicates, [await this.#process(asset)]));
    await this.#settle(asset, (await again)[0]!);
  }

  async #refresh(assetIds: readonly string[]): Promise<void> {
    for (const { index } of await this.models.all()) await index.refresh(assetIds);
  }

  /** @returns why none was made, where the asset has that of the active model, without which nothing else can be done */
  async #embed(asset: FoundAsset): Promise<unknown> {
    const present = await this.embeddings.modelsOf(asset.id);
    const models = await this.models.all();
    const lacking = models.filter(({ id }) => !present.has(id));
    const loading = await Promise.allSettled(
      lacking.map(async (model) => ({ ...model, encoder: await model.encoder() })),
    );
    const loaded = loading.flatMap((outcome) => (outcome.status === 'fulfilled' ? outcome.value : []));
    const failed = loading.find((outcome) => outcome.status === 'rejected');
    if (loaded.length === 0 && failed) {
      if (present.has(models[0]!.id)) return failed.reason;
      throw failed.reason;
    }
    const key = blobKey(asset.libraryId, asset.id, ORIGINAL);
    for (const { id: modelId, index, encoder } of loaded) {
      const { image } = encoder.manifest;
      const pixels = await this.blobs.withLocalFile(key, (path) => derivePixels(path, this.maxPixels, image));
      const vector = await encoder.encodeImage(pixels);
      const present = await index.put([{ assetId: asset.id, embedding: { modelId, vector } }]);
      if (!present.has(asset.id)) return this.#purge(asset);
      await this.embeddings.add(this.prisma, asset.id, modelId);
    }
  }

  /** Of an asset that was there before fingerprints were, or that came out of an archive. @returns whether one was made */
  async #fingerprint(asset: FoundAsset): Promise<boolean> {
    if (await this.duplicates.isCompared(asset.id)) return false;
    const key = blobKey(asset.libraryId, asset.id, ORIGINAL);
    const print = await this.blobs.withLocalFile(key, (path) => deriveFingerprint(path, this.maxPixels));
    await this.duplicates.store([{ asset, print }], false);
    const { id: modelId, index } = await this.models.active();
    const vector = (await index.embeddings([asset.id])).get(asset.id);
    if (vector) await this.duplicates.find([{ asset, print, embedding: { modelId, vector } }], index);
    await this.duplicates.compared(asset.id);
    return true;
  }

  /** By each model. One that is not the active one may fail: the picture is tried again, and then says why. */
  async #encode(models: readonly LoadedModel[], pixels: readonly PreparedPicture[]): Promise<EncodedAsset[]> {
    const missed: string[] = [];
    const encoded = await Promise.all(
      models.map(async ({ id: modelId, index, encoder }, position) => {
        try {
          return [{ index, embedding: { modelId, vector: await encoder.encodeImage(pixels[position]!) } }];
        } catch (error) {
          if (position === 0) throw error;
          missed.push(modelId);
          return [];
        }
      }),
    );
    await this.embeddings.expectLater(missed);
    return encoded.flat();
  }

  /**
   * Those whose encoders this process has. The active one it must have; what another one misses because its files are not
   * here, or damaged, it is given later, by a process that has them.
   */
  async #loaded(models: readonly ServedModel[]): Promise<LoadedModel[]> {
    const loaded: LoadedModel[] = [];
    const missed: string[] = [];
    for (const [position, { id, index, encoder: load }] of models.entries())
      try {
        loaded.push({ id, index, encoder: await load() });
      } catch (error) {
        if (position === 0) throw error;
        missed.push(id);
      }
    await this.embeddings.expectLater(missed);
    return loaded;
  }

  /**
   * Takes the words of the file where no person has said any by now, and settles that at the same moment, so that what is taken
   * away afterwards stays away. Tags that were only added come before those of the file.
   */
  async #takeWords(id: string, words: EmbeddedMetadata['words']): Promise<void> {
    const { tags, rating, ...texts } = toStoredMetadata(words);
    if (tags.length === 0 && ![rating, ...Object.values(texts)].some(Boolean)) return;
    const all = [...WORD_FIELDS];
    const open = (name: (typeof WORD_FIELDS)[number], given: Prisma.Sql) => {
      const column = Prisma.raw(`"${name}"`);
      return Prisma.sql`${column} = CASE WHEN ${name} = ANY ("settled_fields") THEN ${column} ELSE ${given} END`;
    };
    const names = Object.keys(texts) as (keyof typeof texts)[];
    const written = names.map((name) => open(name, Prisma.sql`coalesce(${Prisma.raw(`"${name}"`)}, ${texts[name]})`));
    await this.prisma.$executeRaw`
      UPDATE "asset" SET "updated_at" = now(), ${Prisma.join(written)},
        "settled_fields" = ARRAY(SELECT DISTINCT unnest("settled_fields" || ${all}::text[]) ORDER BY 1),
        ${open('rating', Prisma.sql`coalesce("rating", ${rating}::smallint)`)},
        ${open(
          'tags',
          Prisma.sql`ARRAY(
            SELECT "tag" FROM unnest("tags" || ${tags}) WITH ORDINALITY AS "both" ("tag", "place")
            GROUP BY "tag" ORDER BY min("place") LIMIT ${MAX_TAGS})`,
        )}
      WHERE "id" = ${id}::uuid AND NOT "settled_fields" @> ${all}`;
  }

  async #storeRenditions(asset: FoundAsset, { renditions }: DerivedImages): Promise<Renditions> {
    const stored: Renditions = {};
    for (const name of RENDITION_NAMES) {
      const { data, width, height } = renditions[name];
      const key = blobKey(asset.libraryId, asset.id, RENDITION_FILES[name].fileName);
      await this.blobs.write(key, Readable.from([data]));
      const digest = renditionDigest(createHash('sha256').update(data).digest('hex'));
      stored[name] = { width, height, byteSize: data.length, digest };
      giveBack(data);
    }
    return stored;
  }

  async #markFailed(transaction: Prisma.TransactionClient, job: RunningJob, failure: Failure): Promise<void> {
    await transaction.asset.updateMany({
      where: { id: job.assetId, state: 'PENDING' },
      data: { state: 'FAILED', failureCode: failure.code, failureMessage: failure.message, processedAt: new Date() },
    });
  }

  /** The row is gone: so goes all that hung on it. */
  #purge({ id, libraryId }: Pick<Asset, 'id' | 'libraryId'>): Promise<void> {
    return this.leases.hold(id, libraryId, async () => {
      // Since then it may have come back from an archive.
      if (await this.#find(id)) return;
      for (const { index } of await this.models.all()) await index.remove([id]);
      await this.blobs.delete(blobKeys(libraryId, id));
    });
  }

  async #find(id: string): Promise<FoundAsset | undefined> {
    const [found] = await this.prisma.$queryRaw<FoundAsset[]>`
      SELECT "id", "library_id" AS "libraryId", "state", "mime_type" AS "mimeType", "captured_at" AS "capturedAt",
        "camera_make" AS "cameraMake", "camera_model" AS "cameraModel", "lens",
        "latitude", "longitude", "altitude_metres" AS "altitudeMetres", "settled_fields" AS "settledFields"
      FROM "asset" WHERE "id" = ${id}::uuid`;
    return found;
  }
}

type FoundAsset = Pick<Asset, 'id' | 'libraryId' | 'state' | 'mimeType' | 'settledFields'> & Capture;
type LoadedModel = Pick<ServedModel, 'id' | 'index'> & { readonly encoder: Encoder };
