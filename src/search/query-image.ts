import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Viewer } from '../access/viewer.js';
import type { ModelEmbedding } from '../assets/asset-index.js';
import type { AssetsService } from '../assets/assets.service.js';
import { derivePixels } from '../assets/derive-images.js';
import { readHeader } from '../assets/image-decoder.js';
import { uploadError, type IncomingFile, type IngestLimits } from '../assets/incoming-file.js';
import type { ServedModel } from '../assets/served-models.js';
import { UploadMeter } from '../assets/upload-meter.js';
import { AfterimageError, expected } from '../errors.js';

/** The picture that a question is about: an asset of the library, or one sent along and forgotten afterwards. */
export interface QueryImage {
  readonly assetId?: string | null;
  readonly image?: IncomingFile | null;
}

/** Finds the embedding of the picture that a question is about. */
export class QueryImages {
  constructor(
    private readonly assets: AssetsService,
    private readonly limits: IngestLimits,
  ) {}

  /**
   * @returns its embedding by that model
   * @throws INVALID_ARGUMENT unless one of the two is given, ASSET_NOT_FOUND, ASSET_NOT_READY, UPLOAD_...
   */
  async embed(viewer: Viewer, model: ServedModel, { assetId, image }: QueryImage): Promise<ModelEmbedding> {
    if (assetId != null && image == null)
      return embeddingOf(model, (await this.embedAssets(viewer, model, [assetId]))[0]!);
    if (assetId == null && image != null) return embeddingOf(model, await this.#ofFile(model, image));
    const received = assetId == null ? 'neither' : 'both';
    throw new AfterimageError('INVALID_ARGUMENT', `expected one of assetId and image, received ${received}`);
  }

  /**
   * One statement and one read, however many.
   * @returns the embeddings in the order of the ids
   * @throws ASSET_NOT_FOUND, ASSET_NOT_READY
   */
  async embedAssets(viewer: Viewer, { index }: ServedModel, ids: readonly string[]): Promise<Float32Array[]> {
    if (ids.length === 0) return [];
    const assets = await this.assets.findMany(viewer, ids);
    const missing = ids.find((id) => !assets.has(id));
    if (missing !== undefined)
      throw new AfterimageError('ASSET_NOT_FOUND', expected('the id of an asset', 'assetId', missing));
    const embeddings = await index.embeddings([...assets.keys()]);
    return ids.map((id) => {
      const embedding = embeddings.get(id);
      if (!embedding)
        throw new AfterimageError('ASSET_NOT_READY', expected('a READY asset', 'assetId', assets.get(id)!.state));
      return embedding;
    });
  }

  async #ofFile(model: ServedModel, file: IncomingFile): Promise<Float32Array> {
    const folder = await mkdtemp(join(tmpdir(), 'afterimage-query-'));
    try {
      const path = join(folder, 'image');
      const meter = new UploadMeter(this.limits.maxUploadBytes);
      await pipeline(file.open(), meter, createWriteStream(path)).catch((cause: unknown) => {
        throw uploadError(cause);
      });
      meter.requireBytes();
      await readHeader(path, this.limits.maxPixels);
      const encoder = await model.encoder();
      return await encoder.encodeImage(await derivePixels(path, this.limits.maxPixels, encoder.manifest.image));
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
}

function embeddingOf({ id: modelId }: ServedModel, vector: Float32Array): ModelEmbedding {
  return { modelId, vector };
}
