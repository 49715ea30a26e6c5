import { blobKeys } from './asset-files.js';
import type { BlobStore } from '../blobstore/blobstore.js';
import { Prisma, type PrismaClient } from '../database/database.js';
import { AfterimageError, expected } from '../errors.js';

const RENEWALS = 4;

interface Abandoned {
  readonly id: string;
  readonly libraryId: string;
}

/**
 * Remembers in the database which uploads are under way, from before their first byte is stored. So no bytes are ever
 * stored that nothing knows of: what a dead process left is found by its lease and deleted.
 */
export class UploadLeases {
  readonly #open = new Set<string>();
  #onIdle: () => void = () => undefined;
  readonly #timer: NodeJS.Timeout;

  private constructor(
    private readonly prisma: PrismaClient,
    private readonly blobs: BlobStore,
    private readonly workerId: string,
    private readonly leaseMs: number,
  ) {
    this.#timer = setInterval(() => void this.#renew(), leaseMs / RENEWALS).unref();
  }

  /** @param workerId no two that live at the same time share one: what a former life of this one left is over */
  static async open(prisma: PrismaClient, blobs: BlobStore, workerId: string, leaseMs: number): Promise<UploadLeases> {
    // Past for the very next statement, although the column is rounded to milliseconds.
    await prisma.$executeRaw`
      UPDATE "upload" SET "lease_until" = least("lease_until", now() - interval '1 millisecond')
      WHERE "worker_id" = ${workerId}::uuid`;
    return new UploadLeases(prisma, blobs, workerId, leaseMs);
  }

  /** @throws UPLOAD_INTERRUPTED when there is a lease for that id already */
  async begin(id: string, libraryId: string): Promise<void> {
    // Its lease must not be forgotten because of a second one that is refused.
    if (this.#open.has(id)) throw taken(id);
    this.#open.add(id);
    try {
      const count = await this.prisma.$executeRaw`
        INSERT INTO "upload" ("id", "library_id", "worker_id", "lease_until")
        VALUES (${id}::uuid, ${libraryId}::uuid, ${this.workerId}::uuid, ${this.#leaseEnd})
        ON CONFLICT ("id") DO NOTHING`;
      if (count === 0) throw taken(id);
    } catch (error) {
      this.end(id);
      throw error;
    }
  }

  /** The rows of leases for that id that are held still: one, or none. Nobody takes it over until the transaction ends. */
  held(id: string): Prisma.Sql {
    return Prisma.sql`
      SELECT "id" FROM "upload" WHERE "id" = ${id}::uuid AND "worker_id" = ${this.workerId}::uuid FOR UPDATE`;
  }

  /**
   * To be called in the transaction that makes the asset: its bytes are the asset's from then on.
   * @throws UPLOAD_INTERRUPTED when the lease had run out and another process has deleted them
   */
  async becomeAsset(transaction: Prisma.TransactionClient, id: string): Promise<void> {
    const { count } = await transaction.upload.deleteMany({ where: { id, workerId: this.workerId } });
    if (count === 0) throw runOut();
  }

  /** @throws UPLOAD_INTERRUPTED when the lease had run out and another process has deleted the bytes */
  async requireHeld(id: string): Promise<void> {
    const count = await this.prisma.upload.count({ where: { id, workerId: this.workerId } });
    if (count === 0) throw runOut();
  }

  /** The upload is over, well or not. */
  end(id: string): void {
    this.#open.delete(id);
    if (this.#open.size === 0) this.#onIdle();
  }

  /**
   * Deletes what an upload stored, unless it has become an asset after all.
   * @param isFresh whether nobody else can have an upload of that id: then what was stored goes also where the lease had run
   *   out meanwhile, and whoever took it over saw nothing yet
   */
  async discard(id: string, libraryId: string, { isFresh = false } = {}): Promise<void> {
    // Taken away, not read: where a lost connection leaves open whether the asset was made, this waits until that is decided,
    // and where the statement that makes it has yet to begin, it finds no lease any more.
    const count = await this.prisma.$executeRaw`
      UPDATE "upload" SET "worker_id" = gen_random_uuid(), "lease_until" = ${this.#leaseEnd} WHERE "id" = ${id}::uuid`;
    if (count > 0 || isFresh) await this.#delete({ id, libraryId });
  }

  /**
   * Does something while nobody can store files under that id.
   * @throws UPLOAD_INTERRUPTED when somebody is doing so
   */
  async hold(id: string, libraryId: string, act: () => Promise<void>): Promise<void> {
    await this.begin(id, libraryId);
    const release = () => this.prisma.upload.deleteMany({ where: { id, workerId: this.workerId } });
    try {
      await act();
      await release();
    } catch (error) {
      // Or else whoever tries again would wait for the lease to run out.
      await release().catch(() => undefined);
      throw error;
    } finally {
      this.end(id);
    }
  }

  /** How long the lease for that id still lasts, if nobody renews it; 0 when there is none. */
  async remainingMs(id: string): Promise<number> {
    const [lease] = await this.prisma.$queryRaw<{ ms: number }[]>`
      SELECT (extract(epoch FROM "lease_until" - now()) * 1000)::float8 AS "ms" FROM "upload" WHERE "id" = ${id}::uuid`;
    return Math.max(0, lease?.ms ?? 0);
  }

  /** Deletes what dead processes left. */
  async sweep(): Promise<void> {
    // Taken away before anything is deleted: a process that only overslept then cannot make an asset of it any more, nor can
    // a statement that this one sent in a former life.
    const abandoned = await this.prisma.$queryRaw<Abandoned[]>`
      UPDATE "upload" SET "worker_id" = gen_random_uuid(), "lease_until" = ${this.#leaseEnd}
      WHERE "lease_until" < now() AND "id" <> ALL (${[...this.#open]}::uuid[])
      RETURNING "id", "library_id" AS "libraryId"`;
    for (const upload of abandoned) await this.#delete(upload);
  }

  /** Waits for the uploads that are under way: even one that is cut off has something to tidy up. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    if (this.#open.size > 0) await new Promise<void>((resolve) => (this.#onIdle = resolve));
  }

  async #delete({ id, libraryId }: Abandoned): Promise<void> {
    // There is an asset where the id was only held.
    const isAsset = (await this.prisma.asset.findUnique({ where: { id }, select: { id: true } })) !== null;
    if (!isAsset) await this.blobs.delete(blobKeys(libraryId, id));
    await this.prisma.upload.deleteMany({ where: { id } });
  }

  async #renew(): Promise<void> {
    if (this.#open.size === 0) return;
    // A missed renewal is made up for by the next one, a quarter of the lease later.
    await this.prisma.$executeRaw`
      UPDATE "upload" SET "lease_until" = ${this.#leaseEnd}
      WHERE "worker_id" = ${this.workerId}::uuid AND "id" = ANY (${[...this.#open]}::uuid[])`.catch(() => undefined);
  }

  /** By the clock of Postgres, which is the same for every process. */
  get #leaseEnd(): Prisma.Sql {
    return Prisma.sql`now() + ${this.leaseMs} * interval '1 millisecond'`;
  }
}

function taken(id: string): AfterimageError {
  return new AfterimageError('UPLOAD_INTERRUPTED', expected('one upload at a time', 'the id of an asset', id));
}

function runOut(): AfterimageError {
  return new AfterimageError('UPLOAD_INTERRUPTED', 'expected a lease for the upload, received none: it ran out');
}
