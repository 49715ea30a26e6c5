import { z } from 'zod';
import { columnOf, NAME_KEY } from './asset-columns.js';
import type { AssetFilter } from './asset-filter.js';
import { Prisma } from '../database/database.js';
import type { Asset } from '../database/generated/client.js';
import { AfterimageError, expected } from '../errors.js';
import { cursorsOf, timePosition } from '../pagination.js';
import { storable } from '../storable-text.js';

export const ASSET_ORDER_FIELDS = ['UPLOADED_AT', 'CAPTURED_AT', 'NAME', 'SIZE', 'RATING', 'TRASHED_AT'] as const;
export const ORDER_DIRECTIONS = ['ASC', 'DESC'] as const;

export interface AssetOrder {
  readonly field: (typeof ASSET_ORDER_FIELDS)[number];
  readonly direction: (typeof ORDER_DIRECTIONS)[number];
}

export const NEWEST_FIRST: AssetOrder = { field: 'UPLOADED_AT', direction: 'DESC' };

const COLUMNS = {
  UPLOADED_AT: 'uploadedAt',
  CAPTURED_AT: 'capturedAt',
  NAME: 'originalName',
  SIZE: 'byteSize',
  RATING: 'rating',
  TRASHED_AT: 'trashedAt',
} as const satisfies Record<AssetOrder['field'], keyof Asset>;

/** Those that an asset may be without. That of trashing it has in every list that is ordered by it. */
const OPTIONAL: readonly AssetOrder['field'][] = ['CAPTURED_AT', 'RATING'];

type Value = string | number | null;

/** What a cursor may say of each column: a forged one must not reach the database. */
const VALUES: Readonly<Record<AssetOrder['field'], z.ZodType<Value>>> = {
  UPLOADED_AT: timePosition,
  CAPTURED_AT: timePosition.nullable(),
  NAME: z.string().refine((name) => name === storable(name)),
  SIZE: z.int(),
  RATING: z.int().nullable(),
  TRASHED_AT: timePosition,
};

/** @throws INVALID_ARGUMENT for the time of trashing, of which what is not in the trash has none */
export function checkOrder({ field }: AssetOrder, { isTrashed }: AssetFilter): void {
  if (field === 'TRASHED_AT' && !isTrashed)
    throw new AfterimageError('INVALID_ARGUMENT', expected('true', 'filter.isTrashed with TRASHED_AT', isTrashed));
}

/** A total order of the assets: a column, then the id. Assets without a value of the column come last. */
export function orderedBy({ field, direction }: AssetOrder) {
  const column = COLUMNS[field];
  const value = valueOf(column);
  const sort = Prisma.raw(direction);
  const beyond = Prisma.raw(direction === 'ASC' ? '>' : '<');
  const cursors = cursorsOf(['assets', field, direction], z.tuple([VALUES[field], z.uuid()]));
  const isOptional = OPTIONAL.includes(field);
  const withoutValue = isOptional ? [Prisma.sql`${value} IS NULL`] : [];
  const withValue = isOptional ? Prisma.sql`${value} IS NOT NULL` : Prisma.sql`true`;

  return {
    orderBy: Prisma.sql`${value} ${sort}, asset.id ${sort}`,
    cursorOf: (asset: Asset): string => cursors.encode([toJson(asset[column]), asset.id]),
    /**
     * The parts of what comes after a cursor, or of everything, as conditions on the table "asset": one after the other,
     * each in that order, which an index has for each of them but not for both.
     * @throws INVALID_CURSOR
     */
    partsAfter: (cursor?: string | null): readonly Prisma.Sql[] => {
      if (cursor == null) return [withValue, ...withoutValue];
      const [json, id] = cursors.decode(cursor);
      if (json === null) return [Prisma.sql`${value} IS NULL AND asset.id ${beyond} ${id}::uuid`];
      return [Prisma.sql`(${value}, asset.id) ${beyond} (${fromJson(json, field)}, ${id}::uuid)`, ...withoutValue];
    },
  };
}

function valueOf(column: keyof Asset): Prisma.Sql {
  return column === 'originalName' ? NAME_KEY : Prisma.raw(`asset.${columnOf(column)}`);
}

function toJson(value: Date | bigint | string | number | null): Value {
  if (value instanceof Date) return value.getTime();
  return typeof value === 'bigint' ? Number(value) : value;
}

function fromJson(json: string | number, field: AssetOrder['field']): Prisma.Sql {
  if (typeof json === 'string') return Prisma.sql`lower(${json})`;
  return field.endsWith('_AT') ? Prisma.sql`${new Date(json)}::timestamptz` : Prisma.sql`${BigInt(json)}::bigint`;
}
