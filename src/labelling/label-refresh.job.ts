import type { LabelChanges } from './label-changes.js';
import type { Libraries } from '../access/libraries.js';
import type { LibraryTransaction } from '../access/library-scope.js';
import type { JobHandler } from '../jobs/job-outcomes.js';
import type { JobQueue, RunningJob } from '../jobs/job-queue.js';

/** Assets of one transaction: what it has time for. */
const PORTION = 1_000;
/** Before every asset. */
const START = '00000000-0000-0000-0000-000000000000';

/**
 * Takes what changed about a label to the assets that have it: the words that they are found by, and what the vector store
 * knows of them. The first portion goes with the change itself, so that a label of few assets is up to date at once. A job
 * does each further one, and enqueues the next in the transaction that writes it.
 */
export class LabelRefresh implements JobHandler {
  constructor(
    private readonly libraries: Libraries,
    private readonly changes: LabelChanges,
    private readonly queue: JobQueue,
  ) {}

  /**
   * To be called in the transaction that changed a label, which it has locked.
   * @param isRenamed whether the name is another word now, not only written otherwise
   */
  async begin(transaction: LibraryTransaction, libraryId: string, labelId: string, isRenamed: boolean): Promise<void> {
    await transaction.$executeRaw`
      UPDATE "label" SET "refreshed_up_to" = ${START}::uuid, "is_renamed" = "is_renamed" OR ${isRenamed}
      WHERE "id" = ${labelId}::uuid AND "library_id" = ${libraryId}::uuid`;
    await this.#refreshSome(transaction, libraryId, labelId);
  }

  /** The job is about a label instead of an asset. */
  async run({ assetId: labelId, libraryId }: Pick<RunningJob, 'assetId' | 'libraryId'>): Promise<void> {
    const rows = this.libraries.rows(libraryId);
    await rows.$transaction((transaction) => this.#refreshSome(transaction, libraryId, labelId));
    this.queue.announce();
  }

  async #refreshSome(transaction: LibraryTransaction, libraryId: string, labelId: string): Promise<void> {
    const [label] = await transaction.$queryRaw<{ upTo: string; isRenamed: boolean }[]>`
      SELECT "refreshed_up_to" AS "upTo", "is_renamed" AS "isRenamed" FROM "label"
      WHERE "id" = ${labelId}::uuid AND "library_id" = ${libraryId}::uuid AND "deleted_at" IS NULL
        AND "refreshed_up_to" IS NOT NULL FOR NO KEY UPDATE`;
    if (!label) return;
    const labelled = await transaction.$queryRaw<{ assetId: string }[]>`
      SELECT "asset_id" AS "assetId" FROM "asset_label" WHERE "label_id" = ${labelId}::uuid AND "state" <> 'REJECTED'
        AND "asset_id" > ${label.upTo}::uuid ORDER BY "asset_id" LIMIT ${PORTION}`;
    const assetIds = labelled.map(({ assetId }) => assetId);
    await this.changes.lock(transaction, libraryId, assetIds);
    await transaction.$queryRaw`SELECT "refresh_asset_text" (${assetIds}::uuid[])::text`;
    if (label.isRenamed) await this.queue.enqueueMany(transaction, { libraryId, kind: 'SYNC_VECTOR', assetIds });
    const isLast = assetIds.length < PORTION;
    await transaction.$executeRaw`
      UPDATE "label" SET "refreshed_up_to" = ${isLast ? null : assetIds.at(-1)!}::uuid,
        "is_renamed" = "is_renamed" AND NOT ${isLast}
      WHERE "id" = ${labelId}::uuid`;
    if (!isLast) await this.queue.enqueue(transaction, [{ libraryId, kind: 'REFRESH_LABEL', assetId: labelId }]);
  }
}
