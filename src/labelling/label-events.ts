import type { Batch, WrittenChange } from './label-changes.js';
import type { LibraryTransaction } from '../access/library-scope.js';
import type { LabelEvent } from '../database/generated/client.js';

/** Writes what changes made of what, for the history and for taking them back. */
export async function recordEvents(
  transaction: LibraryTransaction,
  { id: batchId, byId }: Batch,
  changes: readonly WrittenChange[],
): Promise<void> {
  const events = changes.map(({ assetId, labelId, labelName, before, after, revision }) => ({
    assetId,
    labelId,
    labelName,
    revision,
    fromSource: before?.source,
    fromState: before?.state,
    fromProbability: before?.probability,
    fromModelId: before?.modelId,
    fromDecidedById: before?.decidedById,
    fromDecidedAt: before?.decidedAt,
    wasInBulk: before?.isInBulk ?? false,
    source: after?.source,
    state: after?.state,
    probability: after?.probability,
    modelId: after?.modelId,
  }));
  await transaction.$executeRaw`
    INSERT INTO "label_event" ("asset_id", "label_id", "label_name", "revision", "from_source", "from_state",
      "from_probability", "from_model_id", "from_decided_by_id", "from_decided_at", "was_in_bulk", "source", "state",
      "probability", "model_id", "batch_id", "by_id")
    SELECT "row".*, ${batchId}::uuid, ${byId}::uuid FROM jsonb_to_recordset(${JSON.stringify(events)}::jsonb) AS "row" (
      "assetId" uuid, "labelId" uuid, "labelName" text, "revision" integer, "fromSource" "label_source",
      "fromState" "label_state", "fromProbability" double precision, "fromModelId" text, "fromDecidedById" uuid,
      "fromDecidedAt" timestamptz, "wasInBulk" boolean, "source" "label_source", "state" "label_state",
      "probability" double precision, "modelId" text)`;
}

/** What has come after a change of a label of an asset. */
export interface Aftermath {
  /** Whether an undo has taken it back. */
  readonly isUndone: boolean;
  /** Whether it is the last one that stands: all that came after it has been undone. */
  readonly isLast: boolean;
  /** The last there is in the history of that label on that asset. */
  readonly revision: number;
}

/** Changes are a pile, which an undo takes the uppermost off. @returns by the id of the event */
export async function aftermathsOf(
  transaction: LibraryTransaction,
  events: readonly LabelEvent[],
): Promise<ReadonlyMap<bigint, Aftermath>> {
  if (events.length === 0) return new Map();
  const wanted = events.map(({ id, assetId, labelId, revision }) => ({ id: String(id), assetId, labelId, revision }));
  // A revision that has no event, as of an import, is a change that nobody can take off.
  const rows = await transaction.$queryRaw<(Aftermath & { id: bigint })[]>`
    SELECT "wanted"."id", "lowest" < 0 AS "isUndone", "since"."revision",
      "lowest" >= 0 AND "above" = 0 AND "since"."revision" = "wanted"."revision" + "count" AS "isLast"
    FROM jsonb_to_recordset(${JSON.stringify(wanted)}::jsonb)
      AS "wanted" ("id" bigint, "assetId" uuid, "labelId" uuid, "revision" integer)
    CROSS JOIN LATERAL (
      SELECT count(*) AS "count", coalesce(max("later"."revision"), "wanted"."revision") AS "revision",
        coalesce(min("height"), 0) AS "lowest", coalesce(sum("step"), 0) AS "above"
      FROM (
        SELECT "label_event"."revision", "step", sum("step") OVER (ORDER BY "label_event"."revision") AS "height"
        FROM "label_event" JOIN "label_batch" ON "label_batch"."id" = "batch_id"
          CROSS JOIN LATERAL (SELECT CASE "kind" WHEN 'UNDO' THEN -1 ELSE 1 END AS "step") AS "steps"
        WHERE "label_id" = "labelId" AND "asset_id" = "assetId"
          AND "label_event"."revision" > "wanted"."revision") AS "later") AS "since"`;
  return new Map(rows.map(({ id, ...aftermath }) => [id, aftermath]));
}
