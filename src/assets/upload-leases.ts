import { blobKeys } from './asset-files.js';
import type { BlobStore } from '../blobstore/blobstore.js';
import type { Prisma, PrismaClient } from '../database/database.js';
import { AfterimageError } from '../errors.js';

const RENEWALS = 4;

/**
 * Remembers in the database which uploads are under way, from before their first byte is stored. So no bytes are ever
 * stored that nothing knows of: what a dead process left is found by its lease and deleted.
 */
export class UploadLeases {
  readonly #open = new Set<string>();
  #onIdle: () => void = () => undefined;
  readonly #timer: NodeJS.Timeout;

  constructor(
    private readonly prisma: PrismaClient,
    private readonly blobs: BlobStore,
    private readonly workerId: string,
    private readonly leaseMs: number,
  ) {
    this.#timer = setInterval(() => void this.#renew(), leaseMs / RENEWALS).unref();
  }

  async begin(id: string, libraryId: string): Promise<void> {
    this.#open.add(id);
    await this.prisma.upload.create({ data: { id, libraryId, workerId: this.workerId, leaseUntil: this.#leaseEnd() } });
  }

  /**
   * To be called in the transaction that makes the asset: its bytes are the asset's from then on.
   * @throws UPLOAD_INTERRUPTED when the lease had run out and another process has deleted them
   */
  async becomeAsset(transaction: Prisma.TransactionClient, id: string): Promise<void> {
    const { count } = await transaction.upload.deleteMany({ where: { id, workerId: this.workerId } });
    if (count === 0)
      throw new AfterimageError('UPLOAD_INTERRUPTED', 'expected a lease for the upload, received none: it ran out');
  }

  /** The upload is over, well or not. */
  end(id: string): void {
    this.#open.delete(id);
    if (this.#open.size === 0) this.#onIdle();
  }

  /** Deletes what an upload stored, unless it has become an asset after all. */
  async discard(id: string, libraryId: string): Promise<void> {
    // Written, not read: where a lost connection leaves open whether the asset was made, this waits until that is decided.
    const { count } = await this.prisma.upload.updateMany({ where: { id }, data: { leaseUntil: this.#leaseEnd() } });
    if (count > 0) await this.#delete({ id, libraryId });
  }

  /** Deletes what dead processes left. At the start, this worker's own former life is one of them. */
  async sweep(): Promise<void> {
    // Taken over before anything is deleted: a process that only overslept then cannot make an asset of it any more.
    const abandoned = await this.prisma.upload.updateManyAndReturn({
      where: {
        id: { notIn: [...this.#open] },
        OR: [{ leaseUntil: { lt: new Date() } }, { workerId: this.workerId }],
      },
      data: { workerId: this.workerId, leaseUntil: this.#leaseEnd() },
    });
    for (const upload of abandoned) await this.#delete(upload);
  }

  /** Waits for the uploads that are under way: even one that is cut off has something to tidy up. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    if (this.#open.size > 0) await new Promise<void>((resolve) => (this.#onIdle = resolve));
  }

  async #delete({ id, libraryId }: { id: string; libraryId: string }): Promise<void> {
    await this.blobs.delete(blobKeys(libraryId, id));
    await this.prisma.upload.deleteMany({ where: { id } });
  }

  async #renew(): Promise<void> {
    if (this.#open.size === 0) return;
    // A missed renewal is made up for by the next one, a quarter of the lease later.
    await this.prisma.upload
      .updateMany({ where: { id: { in: [...this.#open] } }, data: { leaseUntil: this.#leaseEnd() } })
      .catch(() => undefined);
  }

  #leaseEnd(): Date {
    return new Date(Date.now() + this.leaseMs);
  }
}
