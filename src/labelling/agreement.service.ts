import type { LabelSetsService } from './label-sets.service.js';
import type { Libraries } from '../access/libraries.js';
import type { Viewer } from '../access/viewer.js';
import type { Label } from '../database/generated/client.js';

export interface LabelAgreement {
  readonly label: Label;
  /** Suggestions that nobody has decided of, on assets that are not in the trash. */
  readonly open: number;
  /** Suggestions of a model that people accepted. */
  readonly accepted: number;
  readonly rejected: number;
}

/** How often a model suggested the one and people accepted the other, or none of the set. */
export interface Confusion {
  readonly suggested: Label;
  readonly accepted: Label | null;
  readonly count: number;
}

/** How far people agree with what models suggested. */
export class AgreementService {
  constructor(
    private readonly libraries: Libraries,
    private readonly labelSets: LabelSetsService,
  ) {}

  /** Labels in the order of the set; pairs the most common first. Null when there is no such set. */
  async of(viewer: Viewer, labelSetId: string): Promise<{ labels: LabelAgreement[]; confusion: Confusion[] } | null> {
    const set = await this.labelSets.find(viewer, labelSetId);
    if (!set) return null;
    const rows = this.libraries.rows(viewer.libraryId);
    const open = await rows.assetLabel.groupBy({
      by: 'labelId',
      where: { label: { labelSetId, deletedAt: null }, asset: { trashedAt: null }, state: 'SUGGESTED' },
      _count: true,
    });
    // What was a suggestion when a person decided of it, with what there is of it now and what of the set was accepted. What
    // was said of a label that was merged since is said of the one that it became.
    const judged = await rows.$queryRaw<{ labelId: string; state: string; acceptedId: string | null; count: number }[]>`
      WITH RECURSIVE "merge" AS (
        SELECT DISTINCT "batch_id", "event"."label_id", "source" IS NULL AS "is_gone"
        FROM "label_batch" AS "batch" JOIN "label_event" AS "event" ON "batch_id" = "batch"."id"
        WHERE "batch"."library_id" = ${viewer.libraryId}::uuid AND "kind" = 'MERGE' AND "label_set_id" = ${labelSetId}::uuid),
      "became" AS (
        SELECT "id" AS "label_id", "id" AS "live_id" FROM "label"
        WHERE "label_set_id" = ${labelSetId}::uuid AND "deleted_at" IS NULL
        UNION SELECT "gone"."label_id", "live_id" FROM "became" JOIN "merge" AS "kept" USING ("label_id")
          JOIN "merge" AS "gone" ON "gone"."batch_id" = "kept"."batch_id" AND "gone"."is_gone"
        WHERE NOT "kept"."is_gone")
      SELECT "judged"."label_id" AS "labelId", "current"."state", "accepted"."label_id" AS "acceptedId",
        count(*)::int AS "count"
      FROM (
        SELECT DISTINCT "asset_id", "live_id" AS "label_id" FROM "label_event" JOIN "became" USING ("label_id")
        WHERE "from_source" = 'MODEL' AND "from_state" = 'SUGGESTED' AND "source" = 'HUMAN') AS "judged"
      JOIN "asset_label" AS "current" ON "current"."asset_id" = "judged"."asset_id"
        AND "current"."label_id" = "judged"."label_id" AND "current"."source" = 'HUMAN'
      LEFT JOIN "asset_label" AS "accepted" ON ${set.isExclusive} AND "accepted"."asset_id" = "judged"."asset_id"
        AND "accepted"."state" = 'ACCEPTED'
        AND "accepted"."label_id" IN (SELECT "id" FROM "label" WHERE "label_set_id" = ${labelSetId}::uuid AND "deleted_at" IS NULL)
      GROUP BY 1, 2, 3`;
    const labels = new Map(set.labels.map((label) => [label.id, label]));
    const count = (labelId: string, state: string) =>
      judged.reduce((sum, row) => (row.labelId === labelId && row.state === state ? sum + row.count : sum), 0);
    const confusion = set.isExclusive ? judged.filter(({ labelId, acceptedId }) => labelId !== acceptedId) : [];
    return {
      labels: set.labels.map((label) => ({
        label,
        open: open.find(({ labelId }) => labelId === label.id)?._count ?? 0,
        accepted: count(label.id, 'ACCEPTED'),
        rejected: count(label.id, 'REJECTED'),
      })),
      confusion: confusion
        .map(({ labelId, acceptedId, count: times }) => ({
          suggested: labels.get(labelId)!,
          accepted: acceptedId === null ? null : labels.get(acceptedId)!,
          count: times,
        }))
        .sort((a, b) => b.count - a.count),
    };
  }
}
