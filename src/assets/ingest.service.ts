import { randomUUID } from 'node:crypto';
import { pipeline } from 'node:stream';
import type { Logger } from 'pino';
import { blobKey, ORIGINAL } from './asset-files.js';
import { toOriginalName, toStoredFields, type AssetFields } from './asset-fields.js';
import { uploadError, type IncomingFile, type IngestLimits } from './incoming-file.js';
import { readHeader, type ImageHeader } from './image-decoder.js';
import type { UploadLeases } from './upload-leases.js';
import { UploadMeter } from './upload-meter.js';
import type { Libraries } from '../access/libraries.js';
import type { Viewer } from '../access/viewer.js';
import type { BlobStore } from '../blobstore/blobstore.js';
import type { Asset } from '../database/generated/client.js';
import { AfterimageError, type ErrorCode } from '../errors.js';
import type { JobQueue } from '../jobs/job-queue.js';
import { withOutage } from '../outages.js';

export type IngestOutcome =
  | { readonly type: 'uploaded'; readonly asset: Asset }
  /** The very same bytes were there before; the asset may be in the trash. */
  | { readonly type: 'duplicate'; readonly asset: Asset }
  | { readonly type: 'rejected'; readonly originalName: string; readonly code: ErrorCode; readonly message: string };

/** Takes pictures into the library: stored and known when it answers, processed later by a job. */
export class IngestService {
  constructor(
    private readonly libraries: Libraries,
    private readonly leases: UploadLeases,
    private readonly blobs: BlobStore,
    private readonly queue: JobQueue,
    private readonly limits: IngestLimits,
    private readonly log: Logger,
  ) {}

  /**
   * Streams one file in. A file that is refused leaves nothing behind.
   * @throws INVALID_ARGUMENT for the fields; whatever is wrong with the file is an outcome
   */
  async ingest(
    viewer: Viewer,
    incoming: IncomingFile | Promise<IncomingFile>,
    fields?: AssetFields | null,
  ): Promise<IngestOutcome> {
    // Where the fields are refused nobody waits for the file, whose failure would end the process.
    void Promise.resolve(incoming).catch(() => undefined);
    const stored = toStoredFields(fields ?? {});
    let originalName = toOriginalName('');
    try {
      const file = await incoming;
      originalName = toOriginalName(file.originalName);
      return await this.#ingest(viewer, file, originalName, stored);
    } catch (thrown) {
      const error = withOutage(thrown);
      const isKnown = error instanceof AfterimageError;
      if (!isKnown) this.log.error({ err: error }, 'an upload failed');
      const { code, message } = isKnown ? error : { code: 'INTERNAL' as const, message: 'an unexpected fault' };
      return { type: 'rejected', originalName, code, message };
    }
  }

  async #ingest(
    viewer: Viewer,
    file: IncomingFile,
    originalName: string,
    fields: StoredFields,
  ): Promise<IngestOutcome> {
    const { libraryId } = viewer;
    const id = randomUUID();
    await this.leases.begin(id, libraryId);
    let isUploaded = false;
    try {
      const key = blobKey(libraryId, id, ORIGINAL);
      const { sha256, byteSize } = await this.#store(key, file);
      const header = await this.blobs.withLocalFile(key, (path) => readHeader(path, this.limits.maxPixels));
      const row = { id, sha256, byteSize, originalName, uploadedById: viewer.keyId, ...fields };
      const outcome = await this.#register(libraryId, { ...row, ...header });
      isUploaded = outcome.type === 'uploaded';
      return outcome;
    } finally {
      try {
        if (!isUploaded) await this.leases.discard(id, libraryId);
      } finally {
        // From here on the sweep may take it.
        this.leases.end(id);
      }
    }
  }

  async #store(key: string, file: IncomingFile): Promise<{ sha256: string; byteSize: number }> {
    const meter = new UploadMeter(this.limits.maxUploadBytes);
    try {
      const source = file.open();
      // Its error reaches the meter, and so the blob store's write.
      pipeline(source, meter, () => undefined);
      await this.blobs.write(key, meter);
    } catch (cause) {
      throw uploadError(cause);
    }
    meter.requireBytes();
    return meter;
  }

  /** The asset and the job that processes it in one transaction, or the asset that was there before. */
  async #register(libraryId: string, row: NewAsset): Promise<IngestOutcome> {
    const rows = this.libraries.rows(libraryId);
    for (;;) {
      const uploaded = await rows.$transaction(async (transaction) => {
        const [asset] = await transaction.asset.createManyAndReturn({
          data: [{ ...row, libraryId }],
          skipDuplicates: true,
        });
        if (!asset) return undefined;
        await this.leases.becomeAsset(transaction, row.id);
        await this.queue.enqueue(transaction, [{ libraryId, kind: 'PROCESS_ASSET', assetId: row.id }]);
        return asset;
      });
      if (uploaded) {
        this.queue.announce();
        return { type: 'uploaded', asset: uploaded };
      }
      const asset = await rows.asset.findFirst({ where: { sha256: row.sha256 } });
      // Deleted for good between the two statements: then there is room for this one.
      if (asset) return { type: 'duplicate', asset };
    }
  }
}

type StoredFields = ReturnType<typeof toStoredFields>;
type NewAsset = ImageHeader &
  StoredFields &
  Pick<Asset, 'id' | 'sha256' | 'originalName' | 'uploadedById'> & { byteSize: number };
