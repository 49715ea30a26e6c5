import { isDeepStrictEqual } from 'node:util';
import { MAX_TAGS, type toSharedChanges } from './asset-fields.js';
import type { LibraryTransaction } from '../access/library-scope.js';
import { Prisma } from '../database/database.js';
import type { Asset } from '../database/generated/client.js';
import { expected } from '../errors.js';
import type { Refusal } from '../refusal.js';

/** What is said of assets, the same of each but for the tags, and what is not to be taken from their files any more. */
export type Said = ReturnType<typeof toSharedChanges>;
type Fields = Said['fields'];

interface Change {
  readonly id: string;
  readonly tags: readonly string[];
  readonly settled: readonly string[];
}

const COLUMNS = {
  title: Prisma.sql`"title"`,
  description: Prisma.sql`"description"`,
  creator: Prisma.sql`"creator"`,
  credit: Prisma.sql`"credit"`,
  copyright: Prisma.sql`"copyright"`,
  isFavourite: Prisma.sql`"is_favourite"`,
  rating: Prisma.sql`"rating"`,
  capturedAt: Prisma.sql`"captured_at"`,
  latitude: Prisma.sql`"latitude"`,
  longitude: Prisma.sql`"longitude"`,
  altitudeMetres: Prisma.sql`"altitude_metres"`,
} as const satisfies Record<keyof Fields, Prisma.Sql>;

/**
 * Writes what is said of assets that are locked. One that would have too many tags is left as it is, and so is one of which
 * all of it is said already.
 */
export async function writeSaid(
  transaction: LibraryTransaction,
  assets: readonly Asset[],
  { fields, retag, settled }: Said,
): Promise<{ readonly changedIds: readonly string[]; readonly refused: readonly Refusal[] }> {
  const tagged = assets.map((asset) => ({
    asset,
    id: asset.id,
    tags: retag(asset.tags),
    settled: [...new Set([...asset.settledFields, ...settled])],
  }));
  const fitting = tagged.filter(({ tags }) => tags.length <= MAX_TAGS);
  const changes = fitting.filter(
    ({ asset, ...change }) =>
      !isDeepStrictEqual(change.tags, asset.tags) ||
      change.settled.length > asset.settledFields.length ||
      given(fields).some((name) => !isDeepStrictEqual(asset[name], fields[name])),
  );
  await write(transaction, fields, changes);
  return {
    changedIds: changes.map(({ id }) => id),
    refused: tagged.filter(({ tags }) => tags.length > MAX_TAGS).map(tooManyTags),
  };
}

/** In one statement: each that writes an asset writes its words anew too. */
async function write(transaction: LibraryTransaction, fields: Fields, changes: readonly Change[]): Promise<void> {
  const columns = [
    // Not now(): the transaction may have waited for another one since it began.
    Prisma.sql`"updated_at" = clock_timestamp()`,
    Prisma.sql`"tags" = "change"."tags"`,
    Prisma.sql`"settled_fields" = "change"."settled"`,
    ...given(fields).map((name) => Prisma.sql`${COLUMNS[name]} = ${fields[name]}`),
  ];
  const rows = JSON.stringify(changes.map(({ id, tags, settled }) => ({ id, tags, settled })));
  await transaction.$executeRaw`
    UPDATE "asset" SET ${Prisma.join(columns)}
    FROM jsonb_to_recordset(${rows}::jsonb) AS "change" ("id" uuid, "tags" text[], "settled" text[])
    WHERE "asset"."id" = "change"."id"`;
}

/** Those that are not to stay as they are. */
function given(fields: Fields): (keyof Fields)[] {
  return (Object.keys(COLUMNS) as (keyof Fields)[]).filter((name) => fields[name] !== undefined);
}

function tooManyTags({ id, tags }: Change): Refusal {
  const message = expected(`at most ${MAX_TAGS} tags`, 'the tags of an asset', tags.length);
  return { code: 'TOO_MANY_TAGS', message, assetId: id };
}
