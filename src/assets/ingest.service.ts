import { randomUUID } from 'node:crypto';
import { pipeline, type Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import type { Logger } from 'pino';
import { ASSET_COLUMNS } from './asset-columns.js';
import { blobKey, ORIGINAL } from './asset-files.js';
import { toNewFields, toOriginalName, type AssetFields } from './asset-fields.js';
import { assetRecords } from './asset-record.js';
import { uploadError, type IncomingFile, type IngestLimits } from './incoming-file.js';
import { readHeader, type ImageHeader } from './image-decoder.js';
import type { Capture } from './metadata.capture.js';
import type { LostOriginals } from './lost-originals.js';
import type { Place } from './same-content.js';
import type { UploadLeases } from './upload-leases.js';
import { UploadMeter } from './upload-meter.js';
import type { Libraries } from '../access/libraries.js';
import type { Viewer } from '../access/viewer.js';
import type { BlobStore } from '../blobstore/blobstore.js';
import type { PrismaClient } from '../database/database.js';
import type { Asset } from '../database/generated/client.js';
import { AfterimageError, type ErrorCode } from '../errors.js';
import type { Backlog } from '../jobs/backlog.js';
import type { JobQueue } from '../jobs/job-queue.js';
import type { WorkMeter } from '../metrics/work-meter.js';
import { awayPart, withOutage } from '../outages.js';

export type IngestOutcome =
  | { readonly type: 'uploaded'; readonly asset: Asset }
  /** The very same bytes were there before; the asset may be in the trash. Where it had lost its original it has it again. */
  | { readonly type: 'duplicate'; readonly asset: Asset }
  | { readonly type: 'rejected'; readonly originalName: string; readonly code: ErrorCode; readonly message: string };

/** Takes pictures into the library: stored and known when it answers, processed later by a job. */
export class IngestService {
  constructor(
    private readonly prisma: PrismaClient,
    private readonly libraries: Libraries,
    private readonly leases: UploadLeases,
    private readonly blobs: BlobStore,
    private readonly queue: JobQueue,
    private readonly backlog: Backlog,
    private readonly lostOriginals: LostOriginals,
    private readonly limits: IngestLimits,
    private readonly log: Logger,
    private readonly meter: Pick<WorkMeter, 'upload'>,
  ) {}

  /**
   * Streams one file in. A file that is refused leaves nothing behind.
   * @param place among those that come in with it: the first of the same content becomes the asset
   * @throws INVALID_ARGUMENT for the fields; whatever is wrong with the file is an outcome
   */
  async ingest(
    viewer: Viewer,
    incoming: IncomingFile | Promise<IncomingFile>,
    fields?: AssetFields | null,
    place?: Place,
  ): Promise<IngestOutcome> {
    // Where the fields are refused nobody waits for the file, whose failure would end the process.
    void Promise.resolve(incoming).catch(() => undefined);
    try {
      const outcome = await this.#outcomeOf(viewer, incoming, toNewFields(fields ?? {}), place);
      this.meter.upload(outcome.type === 'rejected' ? outcome.code : outcome.type);
      return outcome;
    } finally {
      place?.leave();
    }
  }

  async #outcomeOf(
    viewer: Viewer,
    incoming: IncomingFile | Promise<IncomingFile>,
    fields: StoredFields,
    place: Place | undefined,
  ): Promise<IngestOutcome> {
    let originalName = toOriginalName('');
    try {
      const file = await incoming;
      originalName = toOriginalName(file.originalName);
      return await this.#ingest(viewer, file, originalName, fields, place);
    } catch (thrown) {
      const error = withOutage(thrown);
      const isKnown = error instanceof AfterimageError;
      if (!isKnown || awayPart(error)) this.log.error({ err: error }, 'an upload failed');
      const { code, message } = isKnown ? error : { code: 'INTERNAL' as const, message: 'an unexpected fault' };
      return { type: 'rejected', originalName, code, message };
    }
  }

  async #ingest(
    viewer: Viewer,
    file: IncomingFile,
    originalName: string,
    fields: StoredFields,
    place: Place | undefined,
  ): Promise<IngestOutcome> {
    const { libraryId } = viewer;
    const known = await this.#known(libraryId, file, originalName);
    if (known) return { type: 'duplicate', asset: known };
    const id = randomUUID();
    await this.backlog.requireRoom();
    await this.leases.begin(id, libraryId);
    let isUploaded = false;
    try {
      const key = blobKey(libraryId, id, ORIGINAL);
      const { sha256, byteSize } = await this.#read(file, (content) => this.blobs.write(key, content));
      const header = await this.blobs.withLocalFile(key, (path) => readHeader(path, this.limits.maxPixels));
      const row = { id, sha256, byteSize, originalName, uploadedById: viewer.keyId, ...fields, ...file.capture };
      await place?.follow(sha256);
      const outcome = await this.#register(libraryId, { ...row, ...header });
      isUploaded = outcome.type === 'uploaded';
      if (outcome.type !== 'duplicate') return outcome;
      return { ...outcome, asset: await this.lostOriginals.restore(viewer, outcome.asset, key) };
    } finally {
      if (!isUploaded) await this.#discard(id, libraryId);
      // From here on the sweep may take it.
      this.leases.end(id);
    }
  }

  /** Does not throw: whoever uploads is told what became of the file. */
  async #discard(id: string, libraryId: string): Promise<void> {
    try {
      await this.leases.discard(id, libraryId, { isFresh: true });
    } catch (error) {
      this.log.warn({ err: error, uploadId: id }, 'what an upload stored is left to the sweep');
    }
  }

  /**
   * The asset that has the very bytes of a file that can be opened again, and its original too: nothing need be stored then.
   * Only for a file of a known name and size is it worth reading it once more; what is in the trash has no index for that,
   * and is found when it is stored.
   */
  async #known(libraryId: string, file: IncomingFile, originalName: string): Promise<Asset | undefined> {
    const { byteSize } = file;
    if (byteSize === undefined) return undefined;
    const where = { byteSize, originalName, trashedAt: null };
    const alike = await this.libraries.rows(libraryId).asset.findMany({ where });
    if (alike.length === 0) return undefined;
    const { sha256 } = await this.#read(file, (content) => finished(content.resume()));
    const asset = alike.find((each) => each.sha256 === sha256);
    return asset && !(await this.lostOriginals.isLost(asset)) ? asset : undefined;
  }

  /** @param take has to consume all of it */
  async #read(
    file: IncomingFile,
    take: (content: Readable) => Promise<void>,
  ): Promise<{ sha256: string; byteSize: number }> {
    const meter = new UploadMeter(this.limits.maxUploadBytes);
    try {
      const source = file.open();
      // Its error reaches the meter, and so whoever takes it.
      pipeline(source, meter, () => undefined);
      await take(meter);
    } catch (cause) {
      throw uploadError(cause, this.limits.maxUploadBytes);
    }
    meter.requireBytes();
    return meter;
  }

  /** The asset and the job that processes it at one moment, or the asset that was there before. */
  async #register(libraryId: string, row: NewAsset): Promise<IngestOutcome> {
    for (;;) {
      const uploaded = await this.#insert(libraryId, row);
      if (uploaded) {
        this.queue.announce();
        return { type: 'uploaded', asset: uploaded };
      }
      const asset = await this.libraries.rows(libraryId).asset.findFirst({ where: { sha256: row.sha256 } });
      if (asset) return { type: 'duplicate', asset };
      await this.leases.requireHeld(row.id);
      // Deleted for good between the two statements: then there is room for this one.
    }
  }

  /** Nothing where the bytes are there already, or where the lease was lost. */
  async #insert(libraryId: string, row: NewAsset): Promise<Asset | undefined> {
    const { columns, values, source } = assetRecords([{ ...row, libraryId }]);
    // One statement where a transaction would take five: this is done for each picture that comes in.
    const [asset] = await this.prisma.$queryRaw<Asset[]>`
      WITH "lease" AS (${this.leases.held(row.id)}),
      "asset" AS (
        INSERT INTO "asset" (${columns}) SELECT ${values} FROM "lease", ${source} ON CONFLICT DO NOTHING RETURNING *),
      "spent" AS (DELETE FROM "upload" USING "asset" WHERE "upload"."id" = "asset"."id"),
      "enqueued" AS (
        INSERT INTO "job" ("id", "library_id", "kind", "asset_id")
        SELECT gen_random_uuid(), "library_id", 'PROCESS_ASSET', "id" FROM "asset")
      SELECT ${ASSET_COLUMNS} FROM "asset"`;
    return asset;
  }
}

type StoredFields = ReturnType<typeof toNewFields>;
type NewAsset = ImageHeader &
  StoredFields &
  Partial<Capture> &
  Pick<Asset, 'id' | 'sha256' | 'originalName' | 'uploadedById'> & { byteSize: number };
