import { z } from 'zod';
import type { Prisma } from '../database/database.js';
import type { Asset } from '../database/generated/client.js';
import { cursorsOf, timePosition } from '../pagination.js';

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
  NAME: z.string().refine((name) => !name.includes('\0')),
  SIZE: z.int(),
};

/** A total order of the assets: a column, then the id. Assets without a value of the column come last. */
export function orderedBy({ field, direction }: AssetOrder) {
  const column = COLUMNS[field];
  const sort = direction === 'ASC' ? 'asc' : 'desc';
  const beyond = direction === 'ASC' ? 'gt' : 'lt';
  const cursors = cursorsOf(['assets', field, direction], z.tuple([VALUES[field], z.uuid()]));
  const withoutValue: Prisma.AssetWhereInput[] = column === 'capturedAt' ? [{ [column]: null }] : [];
  const withValue: Prisma.AssetWhereInput = column === 'capturedAt' ? { [column]: { not: null } } : {};

  return {
    orderBy: [{ [column]: sort }, { id: sort }] as Prisma.AssetOrderByWithRelationInput[],
    cursorOf: (asset: Asset): string => cursors.encode([toJson(asset[column]), asset.id]),
    /**
     * The parts of what comes after a cursor, or of everything: one after the other, each in that order, which an index
     * has for each of them but not for both.
     * @throws INVALID_CURSOR
     */
    partsAfter: (cursor?: string | null): readonly Prisma.AssetWhereInput[] => {
      if (cursor == null) return [withValue, ...withoutValue];
      const [json, id] = cursors.decode(cursor);
      if (json === null) return [{ [column]: null, id: { [beyond]: id } }];
      const value = fromJson(json, column);
      const either = [{ [column]: { [beyond]: value } }, { [column]: value, id: { [beyond]: id } }];
      // The first condition says nothing new, but an index can start from it.
      return [{ [column]: { [`${beyond}e`]: value }, OR: either }, ...withoutValue];
    },
  };
}

function toJson(value: Date | bigint | string | null): Value {
  if (value instanceof Date) return value.getTime();
  return typeof value === 'bigint' ? Number(value) : value;
}

function fromJson(json: string | number, column: keyof Asset): string | number | Date {
  return column === 'uploadedAt' || column === 'capturedAt' ? new Date(json) : json;
}
