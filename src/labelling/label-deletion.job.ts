import { randomUUID } from 'node:crypto';
import { assignmentKey, type AssetAndLabel, type Batch, type LabelChange, type LabelChanges } from './label-changes.js';
import { commonSetId } from './label-rows.js';
import type { Libraries } from '../access/libraries.js';
import type { LibraryTransaction } from '../access/library-scope.js';
import type { Viewer } from '../access/viewer.js';
import type { AssetLabel, Label } from '../database/generated/client.js';
import type { JobHandler } from '../jobs/job-outcomes.js';
import type { JobQueue, RunningJob } from '../jobs/job-queue.js';

/** Assignments that one transaction takes away: what it has time for. */
const PORTION = 1_000;

type LabelName = Pick<Label, 'id' | 'name'>;

/** One that is being deleted, by a batch of somebody. */
interface HiddenLabel extends LabelName {
  readonly deletionId: string;
  readonly byId: string | null;
  readonly labelSetId: string | null;
}

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

  /** @param labels that are locked, with their sets */
  async deleteLabels(transaction: LibraryTransaction, viewer: Viewer, labels: readonly Label[]): Promise<void> {
    const ids = labels.map(({ id }) => id);
    // Before assets are locked: the rows of the children are labels too.
    await transaction.label.updateMany({ where: { parentId: { in: ids } }, data: { parentId: null } });
    const batch = batchOf(viewer, commonSetId(labels));
    if (await isOnMany(transaction, ids)) return this.#hide(transaction, batch, ids);
    await this.#takeOff(transaction, batch, labels);
    await transaction.label.deleteMany({ where: { id: { in: ids } } });
  }

  /** @param id of a set that is locked whole */
  async deleteSet(transaction: LibraryTransaction, viewer: Viewer, id: string): Promise<void> {
    // Also those that are hidden already: they would go with the row of the set.
    const labels = await transaction.$queryRaw<LabelName[]>`
      SELECT "id", "name" FROM "label" WHERE "label_set_id" = ${id}::uuid`;
    const labelIds = labels.map((label) => label.id);
    const batch = batchOf(viewer, id);
    if (!(await isOnMany(transaction, labelIds))) {
      await this.#takeOff(transaction, batch, labels);
      await transaction.labelSet.deleteMany({ where: { id } });
      return;
    }
    await transaction.classification.deleteMany({ where: { labelSetId: id } });
    await transaction.labelHead.deleteMany({ where: { labelSetId: id } });
    await transaction.labelSet.updateMany({ where: { id }, data: { deletedAt: new Date() } });
    await this.#hide(transaction, batch, labelIds);
  }

  /** The job is about a library instead of an asset: about all that is hidden in it. */
  async run({ libraryId }: Pick<RunningJob, 'libraryId'>): Promise<void> {
    await this.libraries.rows(libraryId).$transaction(async (transaction) => {
      const isLeft = (await this.#clearSome(transaction, libraryId)) || (await this.#finish(transaction, libraryId));
      if (isLeft) await this.#enqueue(transaction, libraryId);
    });
    this.queue.announce();
  }

  async #hide(transaction: LibraryTransaction, batch: Batch, ids: readonly string[]): Promise<void> {
    const { byId: createdById, ...row } = batch;
    await transaction.labelBatch.createMany({ data: [{ ...row, createdById }] });
    await transaction.label.updateMany({
      where: { id: { in: [...ids] } },
      data: { deletedAt: new Date(), deletionId: batch.id },
    });
    await this.#enqueue(transaction, batch.libraryId);
  }

  #enqueue(transaction: LibraryTransaction, libraryId: string): Promise<void> {
    return this.queue.enqueue(transaction, [{ libraryId, kind: 'DELETE_LABELS', assetId: libraryId }]);
  }

  /** @returns false where no asset has a hidden label */
  async #clearSome(transaction: LibraryTransaction, libraryId: string): Promise<boolean> {
    // Of those that an earlier release hid nobody knows who did: the library stands for their deletion.
    const hidden = await transaction.$queryRaw<HiddenLabel[]>`
      SELECT "label"."id", "name", coalesce("deletion_id", "label"."library_id") AS "deletionId",
        "created_by_id" AS "byId", "label_batch"."label_set_id" AS "labelSetId"
      FROM "label" LEFT JOIN "label_batch" ON "label_batch"."id" = "deletion_id"
      WHERE "label"."library_id" = ${libraryId}::uuid AND "deleted_at" IS NOT NULL`;
    const labelIds = hidden.map(({ id }) => id);
    const assigned = await transaction.$queryRaw<AssetAndLabel[]>`
      SELECT "asset_id" AS "assetId", "label_id" AS "labelId" FROM "asset_label"
      WHERE "label_id" = ANY(${labelIds}::uuid[]) LIMIT ${PORTION}`;
    if (assigned.length === 0) return false;
    const labels = new Map(hidden.map((label) => [label.id, label]));
    const { deletionId, byId, labelSetId } = labels.get(assigned[0]!.labelId)!;
    // One deletion after the other.
    const portion = assigned.filter(({ labelId }) => labels.get(labelId)!.deletionId === deletionId);
    const assetIds = [...new Set(portion.map(({ assetId }) => assetId))];
    await this.changes.lock(transaction, libraryId, assetIds);
    const current = await this.changes.read(transaction, assetIds, [...new Set(portion.map(({ labelId }) => labelId))]);
    const rows = portion.flatMap((each) => current.get(assignmentKey(each)) ?? []);
    const batch = { id: deletionId, libraryId, kind: 'DELETION', labelSetId, byId } as const;
    await this.changes.writeUntold(transaction, batch, removals(rows, hidden));
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

  /** Off the assets that have them, which are few. */
  async #takeOff(transaction: LibraryTransaction, batch: Batch, labels: readonly LabelName[]): Promise<void> {
    const labelIds = labels.map(({ id }) => id);
    const labelled = await transaction.$queryRaw<{ assetId: string }[]>`
      SELECT DISTINCT "asset_id" AS "assetId" FROM "asset_label" WHERE "label_id" = ANY(${labelIds}::uuid[])`;
    const assetIds = await this.changes.lock(
      transaction,
      batch.libraryId,
      labelled.map(({ assetId }) => assetId),
    );
    const current = await this.changes.read(transaction, assetIds, labelIds);
    await this.changes.write(transaction, batch, removals([...current.values()], labels));
  }
}

function batchOf({ libraryId, keyId: byId }: Viewer, labelSetId: string | null): Batch {
  return { id: randomUUID(), libraryId, kind: 'DELETION', labelSetId, byId };
}

function removals(rows: readonly AssetLabel[], labels: readonly LabelName[]): LabelChange[] {
  const names = new Map(labels.map(({ id, name }) => [id, name]));
  return rows.map((before) => {
    const { assetId, labelId } = before;
    return { assetId, labelId, labelName: names.get(labelId)!, before, after: null };
  });
}

/** Whether assets have more of these labels than one transaction has time for. */
async function isOnMany(transaction: LibraryTransaction, labelIds: readonly string[]): Promise<boolean> {
  const [{ count }] = await transaction.$queryRaw<[{ count: number }]>`
    SELECT count(*)::int AS "count" FROM (
      SELECT FROM "asset_label" WHERE "label_id" = ANY(${labelIds}::uuid[]) LIMIT ${PORTION + 1}) AS "assigned"`;
  return count > PORTION;
}
