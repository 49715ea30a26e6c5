import type { LabelChanges } from './label-changes.js';
import type { Libraries } from '../access/libraries.js';
import type { LibraryTransaction } from '../access/library-scope.js';
import type { JobHandler } from '../jobs/job-outcomes.js';
import type { JobQueue, RunningJob } from '../jobs/job-queue.js';

/** Assignments that one transaction takes away: what it has time for. */
const PORTION = 1_000;

/**
 * Deletes labels, with whatever assignments they have. Of few of those all goes at once. Else labels and sets are hidden:
 * nobody sees them from then on, and jobs take the assignments away, portion by portion, and the rows at last. A job
 * enqueues the next in the transaction that writes its portion.
 */
export class LabelDeletion implements JobHandler {
  constructor(
    private readonly libraries: Libraries,
    private readonly changes: LabelChanges,
    private readonly queue: JobQueue,
  ) {}

  /** @param ids of labels that are locked, with their sets */
  async deleteLabels(transaction: LibraryTransaction, libraryId: string, ids: readonly string[]): Promise<void> {
    // Before assets are locked: the rows of the children are labels too.
    await transaction.label.updateMany({ where: { parentId: { in: [...ids] } }, data: { parentId: null } });
    if (await isOnMany(transaction, ids)) return this.#hide(transaction, libraryId, ids);
    await this.#syncAssetsWith(transaction, libraryId, ids);
    await transaction.label.deleteMany({ where: { id: { in: [...ids] } } });
  }

  /** @param id of a set that is locked whole */
  async deleteSet(transaction: LibraryTransaction, libraryId: string, id: string): Promise<void> {
    // Also those that are hidden already: they would go with the row of the set.
    const labels = await transaction.$queryRaw<{ id: string }[]>`
      SELECT "id" FROM "label" WHERE "label_set_id" = ${id}::uuid`;
    const labelIds = labels.map((label) => label.id);
    if (!(await isOnMany(transaction, labelIds))) {
      await this.#syncAssetsWith(transaction, libraryId, labelIds);
      await transaction.labelSet.deleteMany({ where: { id } });
      return;
    }
    await transaction.classification.deleteMany({ where: { labelSetId: id } });
    await transaction.labelHead.deleteMany({ where: { labelSetId: id } });
    await transaction.labelSet.updateMany({ where: { id }, data: { deletedAt: new Date() } });
    await this.#hide(transaction, libraryId, labelIds);
  }

  /** The job is about a library instead of an asset: about all that is hidden in it. */
  async run({ libraryId }: Pick<RunningJob, 'libraryId'>): Promise<void> {
    await this.libraries.rows(libraryId).$transaction(async (transaction) => {
      const isLeft = (await this.#clearSome(transaction, libraryId)) || (await this.#finish(transaction, libraryId));
      if (isLeft) await this.#enqueue(transaction, libraryId);
    });
    this.queue.announce();
  }

  async #hide(transaction: LibraryTransaction, libraryId: string, ids: readonly string[]): Promise<void> {
    await transaction.label.updateMany({ where: { id: { in: [...ids] } }, data: { deletedAt: new Date() } });
    await this.#enqueue(transaction, libraryId);
  }

  #enqueue(transaction: LibraryTransaction, libraryId: string): Promise<void> {
    return this.queue.enqueue(transaction, [{ libraryId, kind: 'DELETE_LABELS', assetId: libraryId }]);
  }

  /** @returns false where no asset has a hidden label */
  async #clearSome(transaction: LibraryTransaction, libraryId: string): Promise<boolean> {
    const hidden = await transaction.$queryRaw<{ id: string }[]>`
      SELECT "id" FROM "label" WHERE "library_id" = ${libraryId}::uuid AND "deleted_at" IS NOT NULL`;
    const labelIds = hidden.map(({ id }) => id);
    const assigned = await transaction.$queryRaw<{ assetId: string; labelId: string }[]>`
      SELECT "asset_id" AS "assetId", "label_id" AS "labelId" FROM "asset_label"
      WHERE "label_id" = ANY(${labelIds}::uuid[]) LIMIT ${PORTION}`;
    if (assigned.length === 0) return false;
    const assetIds = [...new Set(assigned.map(({ assetId }) => assetId))];
    await this.changes.lock(transaction, libraryId, assetIds);
    await transaction.$executeRaw`
      DELETE FROM "asset_label" USING jsonb_to_recordset(${JSON.stringify(assigned)}::jsonb)
        AS "gone" ("assetId" uuid, "labelId" uuid)
      WHERE "asset_id" = "assetId" AND "label_id" = "labelId"`;
    // The vector store is told once of each asset: when all of them are off it.
    const cleared = await transaction.$queryRaw<{ id: string }[]>`
      SELECT "id" FROM unnest(${assetIds}::uuid[]) AS "id" WHERE NOT EXISTS (
        SELECT FROM "asset_label" WHERE "asset_id" = "id" AND "label_id" = ANY(${labelIds}::uuid[]))`;
    await this.queue.enqueueMany(transaction, {
      libraryId,
      kind: 'SYNC_VECTOR',
      assetIds: cleared.map(({ id }) => id),
    });
    return true;
  }

  /** @returns whether something came up since, and is left */
  async #finish(transaction: LibraryTransaction, libraryId: string): Promise<boolean> {
    await transaction.$queryRaw`
      SELECT FROM "label_set" WHERE "library_id" = ${libraryId}::uuid AND "deleted_at" IS NOT NULL
      ORDER BY "id" FOR UPDATE`;
    const hidden = await transaction.$queryRaw<{ id: string }[]>`
      SELECT "id" FROM "label" WHERE "library_id" = ${libraryId}::uuid AND "deleted_at" IS NOT NULL
      ORDER BY "id" FOR UPDATE`;
    const deleted = await transaction.$executeRaw`
      DELETE FROM "label" WHERE "id" = ANY(${hidden.map(({ id }) => id)}::uuid[])
        AND NOT EXISTS (SELECT FROM "asset_label" WHERE "label_id" = "label"."id")`;
    await transaction.$executeRaw`
      DELETE FROM "label_set" WHERE "library_id" = ${libraryId}::uuid AND "deleted_at" IS NOT NULL
        AND NOT EXISTS (SELECT FROM "label" WHERE "label_set_id" = "label_set"."id")`;
    return deleted < hidden.length;
  }

  /**
   * Locks the assets that have one of these labels, and enqueues a job for each, for the vector store to learn what becomes
   * of them.
   */
  async #syncAssetsWith(
    transaction: LibraryTransaction,
    libraryId: string,
    labelIds: readonly string[],
  ): Promise<void> {
    const labelled = await transaction.$queryRaw<{ assetId: string }[]>`
      SELECT DISTINCT "asset_id" AS "assetId" FROM "asset_label"
      WHERE "label_id" = ANY(${labelIds}::uuid[]) AND "state" <> 'REJECTED'`;
    const assetIds = labelled.map(({ assetId }) => assetId);
    await this.changes.lock(transaction, libraryId, assetIds);
    await this.queue.enqueueMany(transaction, { libraryId, kind: 'SYNC_VECTOR', assetIds });
  }
}

/** Whether assets have more of these labels than one transaction has time for. */
async function isOnMany(transaction: LibraryTransaction, labelIds: readonly string[]): Promise<boolean> {
  const [{ count }] = await transaction.$queryRaw<[{ count: number }]>`
    SELECT count(*)::int AS "count" FROM (
      SELECT FROM "asset_label" WHERE "label_id" = ANY(${labelIds}::uuid[]) LIMIT ${PORTION + 1}) AS "assigned"`;
  return count > PORTION;
}
