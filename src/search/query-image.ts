import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Region } from 'sharp';
import type { Viewer } from '../access/viewer.js';
import type { ModelEmbedding } from '../assets/asset-index.js';
import { blobKey, ORIGINAL, RENDITION_FILES, type Renditions } from '../assets/asset-files.js';
import type { AssetsService } from '../assets/assets.service.js';
import { toRegion, type Crop } from '../assets/crop.js';
import { derivePixels } from '../assets/derive-images.js';
import { readHeader } from '../assets/image-decoder.js';
import { spoolError, uploadError, type IncomingFile, type IngestLimits } from '../assets/incoming-file.js';
import type { ServedModel } from '../assets/served-models.js';
import { unreadyCode } from '../assets/unready.js';
import { UploadMeter } from '../assets/upload-meter.js';
import type { BlobStore } from '../blobstore/blobstore.js';
import type { Asset } from '../database/generated/client.js';
import type { AssetState } from '../database/generated/enums.js';
import { AfterimageError, expected } from '../errors.js';
import type { ModelManifest } from '../inference/model-manifest.js';
import { Turns } from '../turns.js';

/** The picture that a question is about: an asset of the library, or one sent along and forgotten afterwards. */
export interface QueryImage {
  readonly assetId?: string | null;
  readonly image?: IncomingFile | null;
  /** The part of it that is meant; all of it by default. */
  readonly crop?: Crop | null;
  /** Aborted when nobody waits for the answer any more. */
  readonly signal?: AbortSignal;
}

/** A picture in a file, of that many pixels, and the part of it that is meant. */
interface Source {
  readonly path: string;
  readonly width: number;
  readonly height: number;
  readonly region: Region | undefined;
}

interface OpenPicture {
  /** Of the file that was sent along, lower-case hex; none of an asset. */
  readonly sha256?: string;
  readonly embed: (model: ServedModel) => Promise<ModelEmbedding>;
}

/** Of a picture that takes seconds, and gigabytes, to be decoded: those wait for one another, and no other waits for them. */
const LARGE_PIXELS = 50_000_000;
/** About as many crops as one request may ask about. */
const MAX_WAITING = 100;
const MAX_LARGE_WAITING = 4;

/**
 * Finds the embedding of the picture that a question is about. Two pictures of questions are decoded at a time, whoever
 * asks: each keeps one of the few threads that read files and answer probes too.
 */
export class QueryImages {
  readonly #turns = new Turns('pictures of questions', MAX_WAITING);
  readonly #largeTurns = new Turns('large pictures of questions', MAX_LARGE_WAITING);

  constructor(
    private readonly assets: AssetsService,
    private readonly blobs: BlobStore,
    private readonly limits: IngestLimits,
  ) {}

  /** @returns its embedding by that model @throws as `open` */
  embed(viewer: Viewer, model: ServedModel, picture: QueryImage): Promise<ModelEmbedding> {
    return this.open(viewer, picture, (opened) => opened.embed(model));
  }

  /**
   * What is sent along is kept until it has been used.
   * @throws INVALID_ARGUMENT unless one of the two is given, or for a crop that is not within it; ASSET_NOT_FOUND,
   *   ASSET_NOT_READY, ASSET_FAILED, UPLOAD_..., BLOB_STORE_FAILED, SERVER_BUSY
   */
  async open<Result>(
    viewer: Viewer,
    { assetId, image, crop, signal }: QueryImage,
    use: (picture: OpenPicture) => Promise<Result>,
  ): Promise<Result> {
    if (assetId != null && image == null)
      return use({
        embed: async (model) =>
          embeddingOf(
            model,
            crop == null
              ? (await this.embedAssets(viewer, model, [assetId]))[0]!
              : await this.#ofCrop(viewer, model, assetId, crop, signal),
          ),
      });
    if (assetId == null && image != null) return this.#openFile(image, crop, signal, use);
    const received = assetId == null ? 'neither' : 'both';
    throw new AfterimageError('INVALID_ARGUMENT', `expected one of assetId and image, received ${received}`);
  }

  /**
   * One statement and one read, however many.
   * @returns the embeddings in the order of the ids
   * @throws ASSET_NOT_FOUND, ASSET_NOT_READY, ASSET_FAILED
   */
  async embedAssets(viewer: Viewer, { index }: ServedModel, ids: readonly string[]): Promise<Float32Array[]> {
    if (ids.length === 0) return [];
    const assets = await this.assets.findMany(viewer, ids);
    const missing = ids.find((id) => !assets.has(id));
    if (missing !== undefined)
      throw new AfterimageError('ASSET_NOT_FOUND', expected('the id of an asset', 'assetId', missing));
    const embeddings = await index.embeddings([...assets.keys()]);
    return ids.map((id) => {
      const { state } = assets.get(id)!;
      const embedding = embeddings.get(id);
      if (state !== 'READY' || !embedding) throw unready(state);
      return embedding;
    });
  }

  async #ofCrop(
    viewer: Viewer,
    model: ServedModel,
    assetId: string,
    crop: Crop,
    signal: AbortSignal | undefined,
  ): Promise<Float32Array> {
    const asset = await this.assets.find(viewer, assetId);
    if (!asset) throw new AfterimageError('ASSET_NOT_FOUND', expected('the id of an asset', 'assetId', assetId));
    if (asset.state !== 'READY') throw unready(asset.state);
    toRegion(crop, asset);
    const { manifest } = await model.encoder();
    const file = sourceOf(asset, crop, manifest.image);
    const key = blobKey(asset.libraryId, asset.id, file.fileName);
    const region = toRegion(crop, file);
    return this.blobs.withLocalFile(key, (path) => this.#encode(model, { ...file, path, region }, signal));
  }

  async #openFile<Result>(
    file: IncomingFile,
    crop: Crop | null | undefined,
    signal: AbortSignal | undefined,
    use: (picture: OpenPicture) => Promise<Result>,
  ): Promise<Result> {
    const folder = await mkdtemp(join(tmpdir(), 'afterimage-query-'));
    try {
      const path = join(folder, 'image');
      const meter = new UploadMeter(this.limits.maxUploadBytes);
      try {
        await pipeline(file.open(), meter, createWriteStream(path));
      } catch (cause) {
        throw uploadError(spoolError(cause as Error), this.limits.maxUploadBytes);
      }
      meter.requireBytes();
      const size = await readHeader(path, this.limits.maxPixels);
      const region = crop ? toRegion(crop, size) : undefined;
      const embed = async (model: ServedModel) =>
        embeddingOf(model, await this.#encode(model, { ...size, path, region }, signal));
      return await use({ sha256: meter.sha256, embed });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  async #encode(
    model: ServedModel,
    { path, width, height, region }: Source,
    signal: AbortSignal | undefined,
  ): Promise<Float32Array> {
    const encoder = await model.encoder();
    const { maxPixels } = this.limits;
    const turns = width * height > LARGE_PIXELS ? this.#largeTurns : this.#turns;
    const pixels = await turns.take(() => derivePixels(path, maxPixels, encoder.manifest.image, region), signal);
    return encoder.encodeImage(pixels);
  }
}

/**
 * The file of an asset to cut out of: the preview, which is read and decoded far sooner, where it has as many pixels of the
 * crop as the encoder takes, or all that there are.
 */
function sourceOf(asset: Asset, { width, height }: Crop, target: ModelManifest['image']) {
  const preview = (asset.renditions as Renditions).PREVIEW;
  const isEnough =
    preview &&
    (preview.width >= asset.width ||
      (width * preview.width >= target.width && height * preview.height >= target.height));
  return isEnough
    ? { fileName: RENDITION_FILES.PREVIEW.fileName, width: preview.width, height: preview.height }
    : { fileName: ORIGINAL, width: asset.width, height: asset.height };
}

function unready(state: AssetState): AfterimageError {
  return new AfterimageError(unreadyCode(state), expected('a READY asset', 'assetId', state));
}

function embeddingOf({ id: modelId }: ServedModel, vector: Float32Array): ModelEmbedding {
  return { modelId, vector };
}
