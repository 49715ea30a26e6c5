import { randomUUID } from 'node:crypto';
import {
  assignmentKey,
  decision,
  type Assignments,
  type Batch,
  type LabelChange,
  type LabelChanges,
  type SetLabel,
} from './label-changes.js';
import { checkProbability } from './label-rules.js';
import type { LabelSetsService, LabelSetWithLabels } from './label-sets.service.js';
import type { Libraries } from '../access/libraries.js';
import type { LibraryTransaction } from '../access/library-scope.js';
import type { Viewer } from '../access/viewer.js';
import { toSqlCondition } from '../assets/asset-filter.sql.js';
import type { AssetFilter } from '../assets/asset-filter.js';
import type { AssetLabel } from '../database/generated/client.js';
import { groupBy } from '../group-by.js';
import { AfterimageError, expected } from '../errors.js';

export const MAX_DECISIONS = 1_000;
/** What a transaction has time for, and how many of them a request. */
const ACCEPTED_AT_ONCE = 1_000;
const MAX_PORTIONS = 10;

export interface Decision {
  readonly assetId: string;
  readonly labelId: string;
  readonly state: 'ACCEPTED' | 'REJECTED';
  /** What the labeller saw; 0 for nothing. Any by default. */
  readonly expectedRevision?: number | null;
}

/** What became of one decision. */
export type DecisionOutcome = Pick<Decision, 'assetId' | 'labelId'> &
  (
    | { readonly kind: 'applied'; readonly state: Decision['state']; readonly revision: number }
    /** Somebody was quicker: this is what there is. */
    | { readonly kind: 'conflict'; readonly current: AssetLabel | null }
    | { readonly kind: 'missing'; readonly code: 'ASSET_NOT_FOUND' | 'LABEL_NOT_FOUND' }
  );

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

/** What people decide of labels: each decision stands, whatever a model thinks later. */
export class ReviewService {
  constructor(
    private readonly libraries: Libraries,
    private readonly labelSets: LabelSetsService,
    private readonly changes: LabelChanges,
  ) {}

  /**
   * Decides up to 1,000 at once. What is in conflict, or about what is not there, is left out; all else is written.
   * Whoever accepts a label of an exclusive set rejects what else of it the asset has.
   * @throws INVALID_ARGUMENT
   */
  async decide(
    viewer: Viewer,
    decisions: readonly Decision[],
  ): Promise<{ batchId: string | null; outcomes: DecisionOutcome[] }> {
    checkDecisions(decisions);
    const { libraryId } = viewer;
    return this.#transact(viewer, async (transaction) => {
      const labels = await this.changes.lockLabels(
        transaction,
        libraryId,
        decisions.map(({ labelId }) => labelId),
      );
      const assetIds = decisions.map(({ assetId }) => assetId);
      const found = new Set(await this.changes.lock(transaction, libraryId, assetIds));
      const scope = await this.#scopeOf(transaction, labels, [...found]);
      requireOneOfExclusive(decisions, scope.labels);
      const outcomes: DecisionOutcome[] = [];
      const applied: Decision[] = [];
      for (const each of decisions) {
        const { assetId, labelId, state, expectedRevision } = each;
        const current = scope.current.get(assignmentKey(each));
        const revision = current?.revision ?? 0;
        if (!found.has(assetId)) outcomes.push({ assetId, labelId, kind: 'missing', code: 'ASSET_NOT_FOUND' });
        else if (!scope.labels.has(labelId))
          outcomes.push({ assetId, labelId, kind: 'missing', code: 'LABEL_NOT_FOUND' });
        else if (expectedRevision != null && expectedRevision !== revision)
          outcomes.push({ assetId, labelId, kind: 'conflict', current: current ?? null });
        else {
          applied.push(each);
          outcomes.push({ assetId, labelId, kind: 'applied', state, revision });
        }
      }
      const labelSetIds = new Set(labels.map(({ labelSetId }) => labelSetId));
      const batch = this.#batch(viewer, 'REVIEW', labelSetIds.size === 1 ? [...labelSetIds][0]! : null);
      const written = await this.changes.write(transaction, batch, changesOf(applied, scope, viewer.keyId));
      const revisions = new Map(written.map((change) => [assignmentKey(change), change.revision]));
      return {
        batchId: written.length > 0 ? batch.id : null,
        outcomes: outcomes.map((outcome) =>
          outcome.kind === 'applied'
            ? { ...outcome, revision: revisions.get(assignmentKey(outcome)) ?? outcome.revision }
            : outcome,
        ),
      };
    });
  }

  /**
   * Accepts what was suggested with that probability or a higher one, 10,000 at a time, the surest first. It is one batch
   * in portions, each whole.
   * @throws INVALID_ARGUMENT, INVALID_FILTER, LABEL_SET_NOT_FOUND
   */
  async acceptAbove(viewer: Viewer, request: AcceptRequest): Promise<AcceptedOutcome> {
    checkProbability(request.probability, 'probability');
    const set = await this.labelSets.get(viewer, request.labelSetId);
    const batch = this.#batch(viewer, 'ACCEPT_ABOVE', set.id);
    let [acceptedCount, remainingCount] = [0, 0];
    for (let portion = 0; portion < MAX_PORTIONS; portion++) {
      const accepted = await this.#transact(viewer, (transaction) =>
        this.#acceptSome(transaction, viewer, batch, set, request),
      );
      acceptedCount += accepted.count;
      remainingCount = accepted.remaining;
      if (accepted.count === 0 || remainingCount === 0) break;
    }
    return { batchId: acceptedCount > 0 ? batch.id : null, acceptedCount, remainingCount };
  }

  async #acceptSome(
    transaction: LibraryTransaction,
    { libraryId, keyId }: Viewer,
    batch: Batch,
    set: LabelSetWithLabels,
    { probability, filter }: AcceptRequest,
  ): Promise<{ count: number; remaining: number }> {
    const labels = await this.changes.lockLabels(
      transaction,
      libraryId,
      set.labels.map(({ id }) => id),
    );
    const suggested = await transaction.$queryRaw<{ assetId: string; labelId: string; total: number }[]>`
      SELECT "asset_id" AS "assetId", "label_id" AS "labelId", count(*) OVER ()::int AS "total" FROM "asset_label"
      JOIN "asset" ON "asset"."id" = "asset_id"
      WHERE "label_id" = ANY(${labels.map(({ id }) => id)}::uuid[]) AND "asset_label"."state" = 'SUGGESTED'
        AND "probability" >= ${probability} AND "asset"."library_id" = ${libraryId}::uuid
        AND ${toSqlCondition(filter ?? {})}
      ORDER BY "probability" DESC, "asset_id", "label_id" LIMIT ${ACCEPTED_AT_ONCE}`;
    const found = await this.changes.lock(
      transaction,
      libraryId,
      suggested.map(({ assetId }) => assetId),
    );
    const scope = await this.#scopeOf(transaction, labels, found);
    // Since they were read somebody may have decided of some.
    const isTaken = new Set<string>();
    const accepted = suggested.flatMap(({ assetId, labelId }): Decision[] => {
      const current = scope.current.get(assignmentKey({ assetId, labelId }));
      if (current?.state !== 'SUGGESTED' || (current.probability ?? 0) < probability) return [];
      if (set.isExclusive && isTaken.has(assetId)) return [];
      isTaken.add(assetId);
      return [{ assetId, labelId, state: 'ACCEPTED' }];
    });
    await this.changes.write(transaction, batch, changesOf(accepted, scope, keyId));
    return { count: accepted.length, remaining: Math.max(0, (suggested[0]?.total ?? 0) - suggested.length) };
  }

  #batch({ libraryId, keyId: byId }: Viewer, kind: Batch['kind'], labelSetId: string | null): Batch {
    return { id: randomUUID(), libraryId, kind, labelSetId, byId };
  }

  /** What decisions of these labels may touch: of exclusive sets, all that the assets have of them. */
  async #scopeOf(transaction: LibraryTransaction, labels: readonly SetLabel[], assetIds: string[]): Promise<Scope> {
    const setIds = [...new Set(labels.flatMap(({ labelSet }) => (labelSet?.isExclusive ? labelSet.id : [])))];
    const others = await transaction.label.findMany({
      where: { labelSetId: { in: setIds } },
      include: { labelSet: true },
    });
    const known = new Map([...others, ...labels].map((label) => [label.id, label]));
    return { labels: known, current: await this.changes.read(transaction, assetIds, [...known.keys()]) };
  }

  async #transact<T>({ libraryId }: Viewer, act: (transaction: LibraryTransaction) => Promise<T>): Promise<T> {
    const outcome = await this.libraries.rows(libraryId).$transaction(act);
    this.changes.announce();
    return outcome;
  }
}

interface Scope {
  readonly labels: ReadonlyMap<string, SetLabel>;
  readonly current: Assignments;
}

/** Of what is decided, and of what follows from it in exclusive sets. */
function changesOf(decisions: readonly Decision[], { labels, current }: Scope, byId: string | null): LabelChange[] {
  const changes = new Map<string, LabelChange>();
  const add = (assetId: string, labelId: string, state: Decision['state']) => {
    const key = assignmentKey({ assetId, labelId });
    const before = current.get(key);
    const labelName = labels.get(labelId)!.name;
    changes.set(key, { assetId, labelId, labelName, before, after: decision(state, byId, before) });
  };
  const byAsset = groupBy([...current.values()], ({ assetId }) => assetId);
  for (const { assetId, labelId, state } of decisions) {
    const { labelSet } = labels.get(labelId)!;
    if (state === 'ACCEPTED' && labelSet?.isExclusive)
      for (const other of byAsset.get(assetId) ?? [])
        if (other.state !== 'REJECTED' && labels.get(other.labelId)!.labelSetId === labelSet.id)
          add(assetId, other.labelId, 'REJECTED');
  }
  for (const { assetId, labelId, state } of decisions) add(assetId, labelId, state);
  return [...changes.values()];
}

/** @throws INVALID_ARGUMENT for decisions that contradict one another */
function requireOneOfExclusive(decisions: readonly Decision[], labels: ReadonlyMap<string, SetLabel>): void {
  const taken = new Set<string>();
  for (const { assetId, labelId, state } of decisions) {
    const { labelSet } = labels.get(labelId) ?? {};
    if (state !== 'ACCEPTED' || !labelSet?.isExclusive) continue;
    const key = `${assetId} ${labelSet.id}`;
    if (taken.has(key))
      throw new AfterimageError(
        'INVALID_ARGUMENT',
        expected('one accepted label of an exclusive set', `the asset ${assetId}`, 'two'),
      );
    taken.add(key);
  }
}

function checkDecisions(decisions: readonly Decision[]): void {
  if (decisions.length === 0 || decisions.length > MAX_DECISIONS)
    throw new AfterimageError('INVALID_ARGUMENT', expected(`1 to ${MAX_DECISIONS} decisions`, 'decisions', decisions));
  if (new Set(decisions.map(assignmentKey)).size < decisions.length)
    throw new AfterimageError('INVALID_ARGUMENT', 'expected one decision for a label of an asset, received two');
}
