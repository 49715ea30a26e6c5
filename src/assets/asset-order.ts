import { z } from 'zod';
import { columnOf, NAME_KEY } from './asset-columns.js';
import { Prisma } from '../database/database.js';
import type { Asset } from '../database/generated/client.js';
import { cursorsOf, timePosition } from '../pagination.js';
import { storable } from '../storable-text.js';

export const ASSET_ORDER_FIELDS = ['UPLOADED_AT', 'CAPTURED_AT', 'NAME', 'SIZE'] as const;
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
} as const satisfies Record<AssetOrder['field'], keyof Asset>;

type Value = string | number | null;

/** What a cursor may say of each column: a forged one must not reach the database. */
const VALUES: Readonly<Record<AssetOrder['field'], z.ZodType<Value>>> = {
  UPLOADED_AT: timePosition,
  CAPTURED_AT: timePosition.nullable(),
  NAME: z.string().refine((name) => name === storable(name)),
  SIZE: z.int(),
};

/** A total order of the assets: a column, then the id. Assets without a value of the column come last. */
export function orderedBy({ field, direction }: AssetOrder) {
  const column = COLUMNS[field];
  const value = valueOf(column);
  const sort = Prisma.raw(direction);
  const beyond = Prisma.raw(direction === 'ASC' ? '>' : '<');
  const cursors = cursorsOf(['assets', field, direction], z.tuple([VALUES[field], z.uuid()]));
  const withoutValue = column === 'capturedAt' ? [Prisma.sql`${value} IS NULL`] : [];
  const withValue = column === 'capturedAt' ? Prisma.sql`${value} IS NOT NULL` : Prisma.sql`true`;

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
      return [Prisma.sql`(${value}, asset.id) ${beyond} (${fromJson(json, column)}, ${id}::uuid)`, ...withoutValue];
    },
  };
}

function valueOf(column: keyof Asset): Prisma.Sql {
  return column === 'originalName' ? NAME_KEY : Prisma.raw(`asset.${columnOf(column)}`);
}

function toJson(value: Date | bigint | string | null): Value {
  if (value instanceof Date) return value.getTime();
  return typeof value === 'bigint' ? Number(value) : value;
}

function fromJson(json: string | number, column: keyof Asset): Prisma.Sql {
  if (column === 'uploadedAt' || column === 'capturedAt') return Prisma.sql`${new Date(json)}::timestamptz`;
  return typeof json === 'number' ? Prisma.sql`${BigInt(json)}::bigint` : Prisma.sql`lower(${json})`;
}
