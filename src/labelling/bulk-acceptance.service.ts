import { randomUUID } from 'node:crypto';
import { assignmentKey, type Batch, type LabelChanges } from './label-changes.js';
import { keepBatch } from './label-locks.js';
import { checkProbability } from './label-rules.js';
import type { LabelSetsService, LabelSetWithLabels } from './label-sets.service.js';
import { changesOf, readScope, type Decision } from './review-scope.js';
import type { Libraries } from '../access/libraries.js';
import type { LibraryTransaction } from '../access/library-scope.js';
import type { Viewer } from '../access/viewer.js';
import type { AssetFilter } from '../assets/asset-filter.js';
import { rowCondition } from '../assets/asset-filter.rows.js';
import { Prisma } from '../database/database.js';

/** What a transaction has time for, and how many of them a request. */
const ACCEPTED_AT_ONCE = 1_000;
const MAX_PORTIONS = 10;

export interface AcceptRequest {
  readonly labelSetId: string;
  /** 0 to 1. */
  readonly probability: number;
  /** These labels of the set only; all by default. */
  readonly labelIds?: readonly string[] | null;
  readonly filter?: AssetFilter | null;
}

export interface AcceptedOutcome {
  /** Null where nothing was accepted. */
  readonly batchId: string | null;
  readonly acceptedCount: number;
  /** Suggestions that pass and are left for the next call. */
  readonly remainingCount: number;
  /** Suggestions that pass, of an exclusive set, on assets that have an accepted label of it. */
  readonly skippedCount: number;
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
   * in portions, each whole, and ends where the batch is undone meanwhile. Of an exclusive set, an asset that has an
   * accepted label keeps that: it is left out.
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
      const accepted = await rows.$transaction(async (transaction) => {
        const isOpen = portion === 0 || (await keepBatch(transaction, batch));
        return isOpen ? this.#acceptSome(transaction, batch, set, request) : null;
      });
      if (!accepted) break;
      this.changes.announce();
      acceptedCount += accepted.count;
      remainingCount = accepted.remaining;
      if (accepted.count === 0 || remainingCount === 0) break;
    }
    // Beside what this call accepted no suggestion is left: these are those that it left out.
    const skippedCount = set.isExclusive ? await this.#countDecided(libraryId, set, request) : 0;
    return { batchId: acceptedCount > 0 ? batch.id : null, acceptedCount, remainingCount, skippedCount };
  }

  async #acceptSome(
    transaction: LibraryTransaction,
    batch: Batch,
    set: LabelSetWithLabels,
    { filter, ...request }: AcceptRequest,
  ): Promise<{ count: number; remaining: number }> {
    const { libraryId, byId } = batch;
    const labels = await this.changes.keepLabels(
      transaction,
      libraryId,
      set.labels.map(({ id }) => id),
    );
    const labelIds = labels.map(({ id }) => id);
    const isExclusive = labels.some(({ labelSet }) => labelSet?.isExclusive);
    const condition = await rowCondition(transaction, libraryId, filter ?? {});
    const isOpen = isExclusive ? Prisma.sql`NOT ${hasAccepted(labelIds)}` : Prisma.sql`true`;
    const suggested = await transaction.$queryRaw<{ assetId: string; labelId: string; total: number }[]>`
      SELECT "asset_id" AS "assetId", "label_id" AS "labelId", count(*) OVER ()::int AS "total" FROM "asset_label"
      JOIN "asset" ON "asset"."id" = "asset_id"
      WHERE ${isPassing(labelIds, request)} AND ${condition} AND ${isOpen}
      ORDER BY "probability" DESC, "asset_id", "label_id" LIMIT ${ACCEPTED_AT_ONCE}`;
    const found = await this.changes.lock(
      transaction,
      libraryId,
      suggested.map(({ assetId }) => assetId),
    );
    const scope = await readScope(this.changes, transaction, labels, found);
    // Since they were read somebody may have decided of some.
    const decided = [...scope.current.values()].filter(({ state }) => state === 'ACCEPTED');
    const isTaken = new Set(decided.map(({ assetId }) => assetId));
    const accepted = suggested.flatMap(({ assetId, labelId }): Decision[] => {
      const current = scope.current.get(assignmentKey({ assetId, labelId }));
      if (current?.state !== 'SUGGESTED' || (current.probability ?? 0) < request.probability) return [];
      if (isExclusive && isTaken.has(assetId)) return [];
      isTaken.add(assetId);
      return [{ assetId, labelId, state: 'ACCEPTED' }];
    });
    const changes = changesOf(accepted, scope, byId).map((change) => ({
      ...change,
      after: change.after && { ...change.after, isInBulk: true },
    }));
    await this.changes.write(transaction, batch, changes);
    return { count: accepted.length, remaining: Math.max(0, (suggested[0]?.total ?? 0) - suggested.length) };
  }

  /** How many suggestions pass on assets that have an accepted label of the set. */
  async #countDecided(
    libraryId: string,
    { labels }: LabelSetWithLabels,
    { filter, ...request }: AcceptRequest,
  ): Promise<number> {
    const rows = this.libraries.rows(libraryId);
    const labelIds = labels.map(({ id }) => id);
    const condition = await rowCondition(rows, libraryId, filter ?? {});
    const [{ count }] = await rows.$queryRaw<[{ count: number }]>`
      SELECT count(*)::int AS "count" FROM "asset_label" JOIN "asset" ON "asset"."id" = "asset_id"
      WHERE ${isPassing(labelIds, request)} AND ${condition} AND ${hasAccepted(labelIds)}`;
    return count;
  }
}

/** @param labelIds of the labels of the set */
function isPassing(
  labelIds: readonly string[],
  { probability, labelIds: asked }: Omit<AcceptRequest, 'filter'>,
): Prisma.Sql {
  const wanted = asked && new Set(asked);
  const passing = wanted ? labelIds.filter((id) => wanted.has(id)) : labelIds;
  return Prisma.sql`"label_id" = ANY(${passing}::uuid[]) AND "asset_label"."state" = 'SUGGESTED'
    AND "probability" >= ${probability}`;
}

/** The condition that the asset of a row of "asset" has an accepted one of these labels. */
function hasAccepted(labelIds: readonly string[]): Prisma.Sql {
  return Prisma.sql`EXISTS (
    SELECT FROM "asset_label" AS "decided" WHERE "decided"."asset_id" = "asset"."id"
      AND "decided"."label_id" = ANY(${labelIds}::uuid[]) AND "decided"."state" = 'ACCEPTED')`;
}
