import { randomUUID } from 'node:crypto';
import { assignmentKey, type Batch, type LabelChanges } from './label-changes.js';
import { checkProbability } from './label-rules.js';
import type { LabelSetsService, LabelSetWithLabels } from './label-sets.service.js';
import { changesOf, readScope, type Decision } from './review-scope.js';
import type { Libraries } from '../access/libraries.js';
import type { LibraryTransaction } from '../access/library-scope.js';
import type { Viewer } from '../access/viewer.js';
import type { AssetFilter } from '../assets/asset-filter.js';
import { rowCondition } from '../assets/asset-filter.rows.js';

/** What a transaction has time for, and how many of them a request. */
const ACCEPTED_AT_ONCE = 1_000;
const MAX_PORTIONS = 10;

export interface AcceptRequest {
  readonly labelSetId: string;
  /** 0 to 1. */
  readonly probability: number;
  readonly filter?: AssetFilter | null;
}

export interface AcceptedOutcome {
  /** Null where nothing was accepted. */
  readonly batchId: string | null;
  readonly acceptedCount: number;
  /** Suggestions that pass and are left for the next call. */
  readonly remainingCount: number;
}

/** Many suggestions accepted at once, by how sure a model is of them. */
export class BulkAcceptanceService {
  constructor(
    private readonly libraries: Libraries,
    private readonly labelSets: LabelSetsService,
    private readonly changes: LabelChanges,
  ) {}

  /**
   * Accepts what was suggested with that probability or a higher one, 10,000 at a time, the surest first. It is one batch
   * in portions, each whole.
   * @throws INVALID_ARGUMENT, INVALID_FILTER, LABEL_SET_NOT_FOUND
   */
  async acceptAbove(viewer: Viewer, request: AcceptRequest): Promise<AcceptedOutcome> {
    checkProbability(request.probability, 'probability');
    const set = await this.labelSets.get(viewer, request.labelSetId);
    const { libraryId, keyId: byId } = viewer;
    const batch = { id: randomUUID(), libraryId, kind: 'ACCEPT_ABOVE', labelSetId: set.id, byId } as const;
    const rows = this.libraries.rows(libraryId);
    let [acceptedCount, remainingCount] = [0, 0];
    for (let portion = 0; portion < MAX_PORTIONS; portion++) {
      const accepted = await rows.$transaction((transaction) => this.#acceptSome(transaction, batch, set, request));
      this.changes.announce();
      acceptedCount += accepted.count;
      remainingCount = accepted.remaining;
      if (accepted.count === 0 || remainingCount === 0) break;
    }
    return { batchId: acceptedCount > 0 ? batch.id : null, acceptedCount, remainingCount };
  }

  async #acceptSome(
    transaction: LibraryTransaction,
    batch: Batch,
    set: LabelSetWithLabels,
    { probability, filter }: AcceptRequest,
  ): Promise<{ count: number; remaining: number }> {
    const { libraryId, byId } = batch;
    const labels = await this.changes.lockLabels(
      transaction,
      libraryId,
      set.labels.map(({ id }) => id),
    );
    const condition = await rowCondition(transaction, libraryId, filter ?? {});
    const suggested = await transaction.$queryRaw<{ assetId: string; labelId: string; total: number }[]>`
      SELECT "asset_id" AS "assetId", "label_id" AS "labelId", count(*) OVER ()::int AS "total" FROM "asset_label"
      JOIN "asset" ON "asset"."id" = "asset_id"
      WHERE "label_id" = ANY(${labels.map(({ id }) => id)}::uuid[]) AND "asset_label"."state" = 'SUGGESTED'
        AND "probability" >= ${probability} AND ${condition}
      ORDER BY "probability" DESC, "asset_id", "label_id" LIMIT ${ACCEPTED_AT_ONCE}`;
    const found = await this.changes.lock(
      transaction,
      libraryId,
      suggested.map(({ assetId }) => assetId),
    );
    const scope = await readScope(this.changes, transaction, labels, found);
    // Since they were read somebody may have decided of some.
    const isTaken = new Set<string>();
    const accepted = suggested.flatMap(({ assetId, labelId }): Decision[] => {
      const current = scope.current.get(assignmentKey({ assetId, labelId }));
      if (current?.state !== 'SUGGESTED' || (current.probability ?? 0) < probability) return [];
      if (set.isExclusive && isTaken.has(assetId)) return [];
      isTaken.add(assetId);
      return [{ assetId, labelId, state: 'ACCEPTED' }];
    });
    await this.changes.write(transaction, batch, changesOf(accepted, scope, byId));
    return { count: accepted.length, remaining: Math.max(0, (suggested[0]?.total ?? 0) - suggested.length) };
  }
}
