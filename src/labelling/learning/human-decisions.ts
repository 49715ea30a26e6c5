import { createHash } from 'node:crypto';
import type { SetKey } from './label-heads.js';
import { lockLabelSet, lockLabelsOfSet } from '../label-locks.js';
import type { LibraryRows } from '../../access/library-scope.js';
import { Prisma } from '../../database/database.js';
import { groupBy } from '../../group-by.js';

/** Pictures that a head is trained on, at most: those decided last, of an exclusive set those with an accepted label first. */
const MAX_PICTURES = 5_000;

export interface DecidedPicture {
  readonly assetId: string;
  /** One a label in their order: 1 accepted, 0 rejected, -1 not decided. */
  readonly decisions: Int8Array;
}

/**
 * To be called before decisions of a set are read: what is written about its labels has its time since they were locked,
 * so that whoever waits for the locks has all in sight that was written before.
 * @returns the time of the database; what was written before it will be read
 * @throws LABEL_SET_NOT_FOUND
 */
export function startReading(rows: LibraryRows, { libraryId, labelSetId }: SetKey): Promise<Date> {
  return rows.$transaction(async (transaction) => {
    await lockLabelSet(transaction, libraryId, labelSetId);
    await lockLabelsOfSet(transaction, labelSetId);
    const [{ at }] = await transaction.$queryRaw<[{ at: Date }]>`SELECT clock_timestamp()::timestamptz(3) AS "at"`;
    return at;
  });
}

/**
 * Which rows are decisions of people that teach. Of an exclusive set what was accepted, see `teachingOf`, but not in bulk:
 * what a model was sure of would teach that it was right, of pictures that fit no label too.
 * @param row the name of "asset_label" in the statement
 */
export function teaches(row: string, isExclusive: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`${measures(row, isExclusive)} AND NOT (${column(row, 'state')} = 'REJECTED' AND ${isExclusive})`;
}

/** Which rows are decisions of people that a head is measured by: those that teach, and all that was rejected. */
function measures(row: string, isExclusive: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`${column(row, 'source')} = 'HUMAN' AND ${column(row, 'state')} IN ('ACCEPTED', 'REJECTED')
    AND NOT (${column(row, 'is_in_bulk')} AND ${isExclusive})`;
}

function column(row: string, name: string): Prisma.Sql {
  return Prisma.raw(`"${row}"."${name}"`);
}

/**
 * What people decided of the labels of a set that a head learns from, or is measured by, on pictures that have an embedding
 * of the model: after an archive came in others follow for a while.
 * @returns `count` of all decisions that teach; the pictures in the order of their ids, which are random
 */
export async function readDecisions(
  rows: LibraryRows,
  libraryId: string,
  { labelIds, isExclusive }: { readonly labelIds: readonly string[]; readonly isExclusive: boolean },
  modelId: string,
): Promise<{ count: number; pictures: DecidedPicture[] }> {
  const decided = await rows.$queryRaw<DecidedRow[]>`
    WITH "decided" AS (
      SELECT "asset_id", "label_id", "asset_label"."state", coalesce("decided_at", "asset_label"."updated_at") AS "at",
        ${teaches('asset_label', Prisma.sql`${isExclusive}`)} AS "is_teaching"
      FROM "asset_label" JOIN "embedding" USING ("asset_id") JOIN "asset" ON "asset"."id" = "asset_id"
      WHERE "label_id" = ANY(${[...labelIds]}::uuid[]) AND "asset"."library_id" = ${libraryId}::uuid
        AND ${measures('asset_label', Prisma.sql`${isExclusive}`)}
        AND "embedding"."model_id" = ${modelId} AND "embedding"."failure_code" IS NULL)
    SELECT "asset_id" AS "assetId", "label_id" AS "labelId", "state" = 'ACCEPTED' AS "isAccepted",
      (SELECT count(*) FROM "decided" WHERE "is_teaching")::int AS "count"
    FROM "decided" WHERE "asset_id" IN (
      SELECT "asset_id" FROM "decided" GROUP BY "asset_id"
      ORDER BY ${isExclusive}::boolean AND NOT bool_or("state" = 'ACCEPTED'), max("at") DESC, "asset_id" LIMIT ${MAX_PICTURES})
    ORDER BY "asset_id"`;
  const places = new Map(labelIds.map((id, index) => [id, index]));
  const pictures = [...groupBy(decided, ({ assetId }) => assetId)].map(([assetId, own]) => {
    const decisions = new Int8Array(labelIds.length).fill(-1);
    for (const { labelId, isAccepted } of own) decisions[places.get(labelId)!] = isAccepted ? 1 : 0;
    return { assetId, decisions };
  });
  return { count: decided[0]?.count ?? 0, pictures };
}

interface DecidedRow {
  readonly assetId: string;
  readonly labelId: string;
  readonly isAccepted: boolean;
  readonly count: number;
}

/** SHA-256 of what a head learns from: the same labels and decisions have the same one. */
export function digestOf(
  labelIds: readonly string[],
  isExclusive: boolean,
  pictures: readonly DecidedPicture[],
): Uint8Array<ArrayBuffer> {
  const hash = createHash('sha256').update(JSON.stringify([labelIds, isExclusive]));
  for (const { assetId, decisions } of pictures) hash.update(assetId).update(decisions);
  return Uint8Array.from(hash.digest());
}
