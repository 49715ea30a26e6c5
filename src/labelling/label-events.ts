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
    source: after?.source,
    state: after?.state,
    probability: after?.probability,
    modelId: after?.modelId,
  }));
  await transaction.$executeRaw`
    INSERT INTO "label_event" ("asset_id", "label_id", "label_name", "revision", "from_source", "from_state",
      "from_probability", "from_model_id", "from_decided_by_id", "from_decided_at", "source", "state", "probability",
      "model_id", "batch_id", "by_id")
    SELECT "row".*, ${batchId}::uuid, ${byId}::uuid FROM jsonb_to_recordset(${JSON.stringify(events)}::jsonb) AS "row" (
      "assetId" uuid, "labelId" uuid, "labelName" text, "revision" integer, "fromSource" "label_source",
      "fromState" "label_state", "fromProbability" double precision, "fromModelId" text, "fromDecidedById" uuid,
      "fromDecidedAt" timestamptz, "source" "label_source", "state" "label_state", "probability" double precision,
      "modelId" text)`;
}

/** Which of these an undo has taken back: one that does has the next revision. @returns their ids */
export async function takenBack(
  transaction: LibraryTransaction,
  events: readonly LabelEvent[],
): Promise<ReadonlySet<bigint>> {
  if (events.length === 0) return new Set();
  const wanted = events.map(({ id, assetId, labelId, revision }) => ({ id: String(id), assetId, labelId, revision }));
  const rows = await transaction.$queryRaw<{ id: bigint }[]>`
    SELECT "wanted"."id" FROM jsonb_to_recordset(${JSON.stringify(wanted)}::jsonb)
      AS "wanted" ("id" bigint, "assetId" uuid, "labelId" uuid, "revision" integer)
      JOIN "label_event" AS "next" ON "label_id" = "labelId" AND "asset_id" = "assetId"
        AND "next"."revision" = "wanted"."revision" + 1
      JOIN "label_batch" ON "label_batch"."id" = "batch_id"
    WHERE "kind" = 'UNDO'`;
  return new Set(rows.map(({ id }) => id));
}
