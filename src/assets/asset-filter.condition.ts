import type { LabelNaming, Range } from './asset-filter.js';
import { checkDates, checkNumbers, checkTexts } from './asset-filter.rules.js';
import type { ASSET_PAYLOAD } from './asset-payload.js';
import { toOriginName } from './metadata.capture.js';
import { Prisma } from '../database/database.js';
import type { Filter } from '../vectorstore/vectorstore.js';

/** Ids of the labels that are meant, of those that there are. */
export type LabelIds = (naming: LabelNaming) => readonly string[];

/** One condition of a filter, in every form that it is needed in. */
export interface Condition<Value> {
  /** What it has by name, or each of its values has, where there is such. */
  readonly fields?: readonly string[];
  /** @throws INVALID_FILTER for what no asset could ever meet by mistake, or what would be too much */
  readonly check?: (value: Value, path: string) => void;
  /** The value as it is stored of assets, which is what all that follows is given; as it was sent by default. */
  readonly stored?: (value: Value) => Value;
  /** On the columns of the table "asset". Null counts as not met. */
  readonly rows: (value: Value, labels: LabelIds) => Prisma.Sql;
  /** Null where the vector store does not know enough: then the assets are looked up in Postgres. */
  readonly points: ((value: Value) => Filter) | null;
  /** The labels that it names: Postgres knows how common each id of a label is, but not each name. */
  readonly labels?: (value: Value) => readonly LabelNaming[];
  /** How many joins of the table "asset" with others the rows take; none by default. */
  readonly joins?: (value: Value) => number;
}

type Field = keyof typeof ASSET_PAYLOAD;

const ENDS = ['min', 'max'] as const satisfies (keyof Range<unknown>)[];

/** One of some names of cameras or lenses, whatever their case. @param column its index is of the text in lower case */
export function isOneOf(column: string, field: Field): Condition<readonly string[]> {
  return {
    check: checkTexts,
    stored: (names) => names.map(toOriginName),
    // In the lower case of Postgres: JavaScript has another one for letters such as "İ". Each by itself, for the planner to know.
    rows: (names) => {
      if (names.length === 0) return Prisma.sql`false`;
      const lowered = Prisma.join(names.map((name) => Prisma.sql`lower(${name})`));
      return Prisma.sql`lower(asset.${Prisma.raw(column)}) = ANY (ARRAY[${lowered}])`;
    },
    points: (names) => ({ field, in: names.map((name) => name.toLowerCase()) }),
  };
}

export function dates(column: string, field: Field): Condition<Range<Date>> {
  return {
    fields: ENDS,
    check: checkDates,
    rows: (range) => within(`asset.${column}`, range, (date) => Prisma.sql`${date}::timestamptz`),
    points: ({ min, max }) => between(field, { min: min?.getTime(), max: max?.getTime() }),
  };
}

/** A bound may be beyond what the column holds. */
export function integers(column: string, field: Field): Condition<Range<number>> {
  return {
    fields: ENDS,
    check: checkNumbers,
    rows: (range) => within(`asset.${column}`, range, (bound) => Prisma.sql`${BigInt(bound)}::bigint`),
    points: (range) => between(field, range),
  };
}

/** @param value an expression, a double */
export function numbers(value: string, field: Field): Condition<Range<number>> {
  return {
    fields: ENDS,
    check: checkNumbers,
    rows: (range) => within(value, range, (bound) => Prisma.sql`${bound}::float8`),
    points: (range) => between(field, range),
  };
}

/** Whether there is such a row, or is none. Compared with a value instead, Postgres would not make a join of it. */
export function exists(isThere: boolean, row: Prisma.Sql): Prisma.Sql {
  return isThere ? Prisma.sql`EXISTS (SELECT ${row})` : Prisma.sql`NOT EXISTS (SELECT ${row})`;
}

export function allOf(parts: readonly Prisma.Sql[]): Prisma.Sql {
  return parts.length === 0 ? Prisma.sql`true` : Prisma.sql`(${Prisma.join([...parts], ' AND ')})`;
}

export function anyOf(parts: readonly Prisma.Sql[]): Prisma.Sql {
  return parts.length === 0 ? Prisma.sql`false` : Prisma.sql`(${Prisma.join([...parts], ' OR ')})`;
}

function within<Bound>(value: string, { min, max }: Range<Bound>, toSql: (bound: Bound) => Prisma.Sql): Prisma.Sql {
  const ends: Prisma.Sql[] = [];
  if (min != null) ends.push(Prisma.sql`${Prisma.raw(value)} >= ${toSql(min)}`);
  if (max != null) ends.push(Prisma.sql`${Prisma.raw(value)} <= ${toSql(max)}`);
  return allOf(ends);
}

function between(field: Field, { min, max }: Range<number>): Filter {
  if (min == null && max == null) return { and: [] };
  return { field, ...(min != null && { gte: min }), ...(max != null && { lte: max }) };
}
