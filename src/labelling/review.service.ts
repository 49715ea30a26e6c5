import { randomUUID } from 'node:crypto';
import { conflictsOf } from './decision-conflicts.js';
import { assignmentKey, type LabelChanges } from './label-changes.js';
import { commonSetId } from './label-rows.js';
import { changesOf, readScope, upheldBy, type Decision } from './review-scope.js';
import type { Libraries } from '../access/libraries.js';
import type { Viewer } from '../access/viewer.js';
import type { AssetLabel } from '../database/generated/client.js';
import { AfterimageError, expected } from '../errors.js';

export const MAX_DECISIONS = 1_000;

/** What became of one decision. */
export type DecisionOutcome = Pick<Decision, 'assetId' | 'labelId'> &
  (
    | { readonly kind: 'applied'; readonly state: Decision['state']; readonly revision: number }
    /** Somebody was quicker: this is what there is; of an exclusive set it may be another label that is in the way. */
    | { readonly kind: 'conflict'; readonly current: AssetLabel | null; readonly otherLabelId: string | null }
    | { readonly kind: 'missing'; readonly code: 'ASSET_NOT_FOUND' | 'LABEL_NOT_FOUND' }
  );

/** What people decide of labels: each decision stands, whatever a model thinks later. */
export class ReviewService {
  constructor(
    private readonly libraries: Libraries,
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
    const { libraryId, keyId: byId } = viewer;
    const decided = await this.libraries.rows(libraryId).$transaction(async (transaction) => {
      const labels = await this.changes.keepLabels(
        transaction,
        libraryId,
        decisions.map(({ labelId }) => labelId),
      );
      const assetIds = decisions.map(({ assetId }) => assetId);
      const found = new Set(await this.changes.lock(transaction, libraryId, assetIds));
      const scope = await readScope(this.changes, transaction, labels, [...found]);
      const known = decisions.filter(({ assetId, labelId }) => found.has(assetId) && scope.labels.has(labelId));
      const conflicts = conflictsOf(known, scope, byId);
      const outcomes: DecisionOutcome[] = [];
      const applied: Decision[] = [];
      for (const each of decisions) {
        const { assetId, labelId, state } = each;
        const current = scope.current.get(assignmentKey(each)) ?? null;
        const otherLabelId = conflicts.get(each);
        if (!found.has(assetId)) outcomes.push({ assetId, labelId, kind: 'missing', code: 'ASSET_NOT_FOUND' });
        else if (!scope.labels.has(labelId))
          outcomes.push({ assetId, labelId, kind: 'missing', code: 'LABEL_NOT_FOUND' });
        else if (otherLabelId !== undefined)
          outcomes.push({ assetId, labelId, kind: 'conflict', current, otherLabelId });
        else {
          applied.push(each);
          outcomes.push({ assetId, labelId, kind: 'applied', state, revision: current?.revision ?? 0 });
        }
      }
      const batch = { id: randomUUID(), libraryId, kind: 'REVIEW', labelSetId: commonSetId(labels), byId } as const;
      const written = await this.changes.write(transaction, batch, changesOf(applied, scope, byId));
      await this.changes.uphold(transaction, upheldBy(applied, scope));
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
    this.changes.announce();
    return decided;
  }
}

function checkDecisions(decisions: readonly Decision[]): void {
  if (decisions.length === 0 || decisions.length > MAX_DECISIONS)
    throw new AfterimageError('INVALID_ARGUMENT', expected(`1 to ${MAX_DECISIONS} decisions`, 'decisions', decisions));
  const decided = new Set<string>();
  for (const each of decisions) {
    const key = assignmentKey(each);
    if (decided.has(key))
      throw new AfterimageError(
        'INVALID_ARGUMENT',
        expected('one decision', `the label ${each.labelId} of the asset ${each.assetId}`, 2),
      );
    decided.add(key);
  }
}
