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
    // What people said last, otherwise than by merging, of what was a suggestion when one decided of it, with what of the
    // set is accepted now. What was said of a label that was merged since is said of the one that it became, and what was
    // said of that one from then on is said of both.
    const judged = await rows.$queryRaw<{ labelId: string; state: string; acceptedId: string | null; count: number }[]>`
      WITH RECURSIVE "live" AS (
        SELECT "id" FROM "label" WHERE "label_set_id" = ${labelSetId}::uuid AND "deleted_at" IS NULL),
      "merge" AS (
        SELECT "id", "into_id" FROM "label_batch"
        WHERE "library_id" = ${viewer.libraryId}::uuid AND "label_set_id" = ${labelSetId}::uuid AND "into_id" IS NOT NULL),
      "gone" AS (
        SELECT "event"."id", "asset_id", "label_id", "into_id" FROM "label_event" AS "event"
        JOIN "merge" ON "merge"."id" = "batch_id" WHERE "source" IS NULL),
      "said" AS (
        SELECT "id", "asset_id", "label_id", "state",
          "from_source" = 'MODEL' AND "from_state" = 'SUGGESTED' AND "source" = 'HUMAN' AS "is_judgement"
        FROM "label_event"
        WHERE "label_id" IN (SELECT "id" FROM "live" UNION SELECT "label_id" FROM "gone")
          AND "batch_id" NOT IN (SELECT "id" FROM "merge")),
      "trail" AS (
        SELECT DISTINCT "asset_id", "label_id" AS "suggested_id", "label_id", 0::bigint AS "since"
        FROM "said" WHERE "is_judgement"
        UNION SELECT "asset_id", "suggested_id", "into_id", "gone"."id" FROM "trail"
        JOIN "gone" USING ("asset_id", "label_id") WHERE "gone"."id" > "since"),
      "judged" AS (
        SELECT "trail"."asset_id", (array_agg("trail"."label_id" ORDER BY "since" DESC))[1] AS "label_id",
          (array_agg("state" ORDER BY "said"."id" DESC NULLS LAST))[1] AS "state"
        FROM "trail" LEFT JOIN "said" ON "said"."asset_id" = "trail"."asset_id"
          AND "said"."label_id" = "trail"."label_id" AND "said"."id" > "since"
        GROUP BY "trail"."asset_id", "suggested_id")
      SELECT "judged"."label_id" AS "labelId", "judged"."state", "accepted"."label_id" AS "acceptedId",
        count(*)::int AS "count"
      FROM (
        SELECT DISTINCT * FROM "judged"
        WHERE "state" IN ('ACCEPTED', 'REJECTED') AND "label_id" IN (SELECT "id" FROM "live")) AS "judged"
      LEFT JOIN "asset_label" AS "accepted" ON ${set.isExclusive} AND "accepted"."asset_id" = "judged"."asset_id"
        AND "accepted"."state" = 'ACCEPTED' AND "accepted"."label_id" IN (SELECT "id" FROM "live")
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
