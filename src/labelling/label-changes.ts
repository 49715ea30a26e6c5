import { recordEvents } from './label-events.js';
import type { LibraryTransaction } from '../access/library-scope.js';
import type { AssetLabel, Classification, Label, LabelSet } from '../database/generated/client.js';
import type { LabelBatchKind } from '../database/generated/enums.js';
import { isId } from '../id.js';
import type { JobQueue } from '../jobs/job-queue.js';

/** What an assignment says, without when it was written. */
export type AssignmentFields = Pick<
  AssetLabel,
  'source' | 'state' | 'probability' | 'modelId' | 'decidedById' | 'decidedAt' | 'isInBulk'
>;

export interface AssetAndLabel {
  readonly assetId: string;
  readonly labelId: string;
}

/** One label on one asset: what there is, read since the asset was locked, and what is to be instead. */
export interface LabelChange extends AssetAndLabel {
  readonly labelName: string;
  readonly before: AssetLabel | undefined;
  /** Null for nothing. */
  readonly after: AssignmentFields | null;
}

/** How probable a model takes a label of an asset to be, 0 to 1. */
export interface Opinion extends AssetAndLabel {
  readonly probability: number;
}

/** One that was written, with the revision that there is now. */
export type WrittenChange = LabelChange & { readonly revision: number };

export interface Batch {
  readonly id: string;
  readonly libraryId: string;
  readonly kind: LabelBatchKind;
  readonly labelSetId: string | null;
  /** Of a merge: the label that stays. */
  readonly intoId?: string;
  /** The key of who makes the changes; null for the open demo. */
  readonly byId: string | null;
}

export type SetLabel = Label & { readonly labelSet: LabelSet | null };

/** Assignments by asset and label. */
export type Assignments = ReadonlyMap<string, AssetLabel>;

export function assignmentKey({ assetId, labelId }: AssetAndLabel): string {
  return `${assetId} ${labelId}`;
}

/**
 * The one place that writes which asset has which label: with each change go an event of its history, a new revision, and
 * the job that tells the vector store. Who changes assignments locks the labels first, so that none is deleted or merged
 * meanwhile, and then the assets, so that changes of one asset come one after the other.
 */
export class LabelChanges {
  constructor(private readonly queue: JobQueue) {}

  /** Keeps labels of a library from being deleted until the end of the transaction. @returns those that there are */
  async keepLabels(transaction: LibraryTransaction, libraryId: string, ids: readonly string[]): Promise<SetLabel[]> {
    const known = ids.filter(isId);
    await transaction.$queryRaw`
      SELECT FROM "label" WHERE "library_id" = ${libraryId}::uuid AND "id" = ANY(${known}::uuid[])
      ORDER BY "id" FOR KEY SHARE`;
    return transaction.label.findMany({ where: { id: { in: known } }, include: { labelSet: true } });
  }

  /** Locks assets of a library until the end of the transaction. @returns ids of those that there are */
  async lock(transaction: LibraryTransaction, libraryId: string, ids: readonly string[]): Promise<string[]> {
    const found = await transaction.$queryRaw<{ id: string }[]>`
      SELECT "id" FROM "asset" WHERE "library_id" = ${libraryId}::uuid AND "id" = ANY(${ids.filter(isId)}::uuid[])
      ORDER BY "id" FOR NO KEY UPDATE`;
    return found.map(({ id }) => id);
  }

  /** What there is of these labels on these assets. */
  async read(
    transaction: LibraryTransaction,
    assetIds: readonly string[],
    labelIds: readonly string[],
  ): Promise<Assignments> {
    const rows = await transaction.assetLabel.findMany({
      where: { assetId: { in: [...assetIds] }, labelId: { in: [...labelIds] } },
    });
    return new Map(rows.map((row) => [assignmentKey(row), row]));
  }

  /**
   * The revisions that labels of locked assets had last, by `assignmentKey`, those too of which nothing is left; none for
   * what was never there.
   */
  async lastRevisions(
    transaction: LibraryTransaction,
    pairs: readonly AssetAndLabel[],
  ): Promise<ReadonlyMap<string, number>> {
    if (pairs.length === 0) return new Map();
    const wanted = pairs.map(({ assetId, labelId }) => ({ assetId, labelId }));
    const rows = await transaction.$queryRaw<(AssetAndLabel & { revision: number })[]>`
      SELECT * FROM (
        SELECT "assetId", "labelId", (SELECT max("revision") FROM "label_event"
          WHERE "label_id" = "labelId" AND "asset_id" = "assetId") AS "revision"
        FROM jsonb_to_recordset(${JSON.stringify(wanted)}::jsonb) AS "wanted" ("assetId" uuid, "labelId" uuid)) AS "last"
      WHERE "revision" IS NOT NULL`;
    return new Map(rows.map((row) => [assignmentKey(row), row.revision]));
  }

  /**
   * Writes the changes that change anything.
   * @param changes of assets that are locked, no two of one label on one asset
   * @returns those that did
   */
  async write(
    transaction: LibraryTransaction,
    batch: Batch,
    changes: readonly LabelChange[],
  ): Promise<WrittenChange[]> {
    const written = await this.writeUntold(transaction, batch, changes);
    const changed = written.filter(({ before, after }) => before?.state !== after?.state);
    const assetIds = [...new Set(changed.map(({ assetId }) => assetId))];
    await this.queue.enqueueMany(transaction, { libraryId: batch.libraryId, kind: 'SYNC_VECTOR', assetIds });
    return written;
  }

  /** As above, without the jobs that tell the vector store: for whoever enqueues them when there is no more to write. */
  async writeUntold(
    transaction: LibraryTransaction,
    batch: Batch,
    changes: readonly LabelChange[],
  ): Promise<WrittenChange[]> {
    const different = changes.filter(({ before, after }) => !isSame(before, after));
    if (different.length === 0) return [];
    // Of what was removed the count goes on, so that no revision ever stands for two changes.
    const last = await this.lastRevisions(
      transaction,
      different.filter(({ before }) => !before),
    );
    const real = different.map((change) => ({
      ...change,
      revision: (change.before?.revision ?? last.get(assignmentKey(change)) ?? 0) + 1,
    }));
    await transaction.labelBatch.createMany({
      data: [
        {
          id: batch.id,
          libraryId: batch.libraryId,
          kind: batch.kind,
          labelSetId: batch.labelSetId,
          intoId: batch.intoId,
          createdById: batch.byId,
        },
      ],
      skipDuplicates: true,
    });
    // One statement each: Prisma makes dozens of thousands of rows, and takes five times as long.
    await this.#remove(transaction, real);
    await this.#put(transaction, real);
    await recordEvents(transaction, batch, real);
    return real;
  }

  /**
   * Writes how probable a model takes what is suggested already. No change: whoever looks at a suggestion decides of the label,
   * and a library that is classified again and again would have a history of nothing else.
   */
  async renew(transaction: LibraryTransaction, suggestions: readonly LabelChange[]): Promise<void> {
    if (suggestions.length === 0) return;
    const renewed = suggestions.map(({ assetId, labelId, after }) => ({ ...after, assetId, labelId }));
    await transaction.$executeRaw`
      UPDATE "asset_label" SET "probability" = "renewed"."probability", "model_id" = "modelId"
      FROM jsonb_to_recordset(${JSON.stringify(renewed)}::jsonb)
        AS "renewed" ("assetId" uuid, "labelId" uuid, "probability" double precision, "modelId" text)
      WHERE "asset_id" = "assetId" AND "label_id" = "labelId"
        AND ("asset_label"."probability", "model_id") IS DISTINCT FROM ("renewed"."probability", "modelId")`;
  }

  /**
   * Notes what a model thinks of labels that people have decided of, for them to see where it disagrees. The decisions
   * stay as they are, and are upheld no more where it comes to think otherwise.
   */
  async note(
    transaction: LibraryTransaction,
    { id, modelId }: Pick<Classification, 'id' | 'modelId'>,
    opinions: readonly Opinion[],
  ): Promise<void> {
    if (opinions.length === 0) return;
    await transaction.$executeRaw`
      UPDATE "asset_label"
      SET "probability" = "opinion"."probability", "model_id" = ${modelId}, "noted_by_id" = ${id}::uuid,
        "is_upheld" = "is_upheld"
          AND ("asset_label"."probability" >= 0.5) IS NOT DISTINCT FROM ("opinion"."probability" >= 0.5)
      FROM jsonb_to_recordset(${JSON.stringify(opinions)}::jsonb)
        AS "opinion" ("assetId" uuid, "labelId" uuid, "probability" double precision)
      WHERE "asset_id" = "assetId" AND "label_id" = "labelId" AND "source" = 'HUMAN'
        AND ("asset_label"."probability", "model_id") IS DISTINCT FROM ("opinion"."probability", ${modelId})`;
  }

  /**
   * Notes that people have decided the same again, also of what was decided in bulk. No change, so nothing of it is in the
   * history or to be undone.
   */
  async uphold(transaction: LibraryTransaction, decisions: readonly AssetAndLabel[]): Promise<void> {
    if (decisions.length === 0) return;
    const upheld = decisions.map(({ assetId, labelId }) => ({ assetId, labelId }));
    await transaction.$executeRaw`
      UPDATE "asset_label" SET "is_upheld" = true, "is_in_bulk" = false
      FROM jsonb_to_recordset(${JSON.stringify(upheld)}::jsonb) AS "upheld" ("assetId" uuid, "labelId" uuid)
      WHERE "asset_id" = "assetId" AND "label_id" = "labelId" AND ("is_in_bulk" OR NOT "is_upheld")`;
  }

  /** To be called when the transaction of a `write` is done. */
  announce(): void {
    this.queue.announce();
  }

  async #remove(transaction: LibraryTransaction, changes: readonly LabelChange[]): Promise<void> {
    const gone = changes.flatMap(({ assetId, labelId, after }) => (after ? [] : [{ assetId, labelId }]));
    if (gone.length === 0) return;
    await transaction.$executeRaw`
      DELETE FROM "asset_label" USING jsonb_to_recordset(${JSON.stringify(gone)}::jsonb)
        AS "gone" ("assetId" uuid, "labelId" uuid)
      WHERE "asset_id" = "assetId" AND "label_id" = "labelId"`;
  }

  async #put(transaction: LibraryTransaction, changes: readonly WrittenChange[]): Promise<void> {
    const put = changes.flatMap(({ assetId, labelId, after, revision }) =>
      after ? [{ ...after, assetId, labelId, revision }] : [],
    );
    if (put.length === 0) return;
    await transaction.$executeRaw`
      INSERT INTO "asset_label" ("asset_id", "label_id", "source", "state", "probability", "model_id", "decided_by_id",
        "decided_at", "is_in_bulk", "revision")
      SELECT * FROM jsonb_to_recordset(${JSON.stringify(put)}::jsonb) AS "row" ("assetId" uuid, "labelId" uuid,
        "source" "label_source", "state" "label_state", "probability" double precision, "modelId" text,
        "decidedById" uuid, "decidedAt" timestamptz, "isInBulk" boolean, "revision" integer)
      ON CONFLICT ("asset_id", "label_id") DO UPDATE SET "source" = excluded."source", "state" = excluded."state",
        "probability" = excluded."probability", "model_id" = excluded."model_id",
        "decided_by_id" = excluded."decided_by_id", "decided_at" = excluded."decided_at",
        "is_in_bulk" = excluded."is_in_bulk", "revision" = excluded."revision", "is_upheld" = false, "updated_at" = now()`;
  }
}

function isSame(before: AssetLabel | undefined, after: AssignmentFields | null): boolean {
  if (!before || !after) return !before && !after;
  return (
    before.source === after.source &&
    before.state === after.state &&
    before.probability === after.probability &&
    before.modelId === after.modelId &&
    before.isInBulk === after.isInBulk
  );
}

/** What a person says, whatever a model thinks of it. @param before keeps what the model thought of it */
export function decision(
  state: 'ACCEPTED' | 'REJECTED',
  byId: string | null,
  before?: Pick<AssetLabel, 'probability' | 'modelId'>,
): AssignmentFields {
  return {
    source: 'HUMAN',
    state,
    probability: before?.probability ?? null,
    modelId: before?.modelId ?? null,
    decidedById: byId,
    decidedAt: new Date(),
    isInBulk: false,
  };
}

/** What a model says. @param byId the key of who asked it */
export function suggestion(probability: number, modelId: string, byId: string | null): AssignmentFields {
  return {
    source: 'MODEL',
    state: 'SUGGESTED',
    probability,
    modelId,
    decidedById: byId,
    decidedAt: null,
    isInBulk: false,
  };
}

/** What a model says, which only it and people may change. */
export function isOpenSuggestion({ source, state }: AssetLabel): boolean {
  return source === 'MODEL' && state === 'SUGGESTED';
}
