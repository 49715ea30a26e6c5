import { columnOf } from './asset-columns.js';
import { Prisma } from '../database/database.js';

type AssetField = keyof typeof Prisma.AssetScalarFieldEnum;

/** Some fields of an asset as a statement of ours writes them. */
export interface AssetRecord {
  /** The names of the columns. */
  readonly columns: Prisma.Sql;
  /** The values, of `source`. */
  readonly values: Prisma.Sql;
  /** What they are selected from: one row, whose types are those of the table. */
  readonly source: Prisma.Sql;
}

/** What JSON says without loss, and Postgres reads again. */
type Value = Prisma.JsonValue | Date | readonly string[] | undefined;

/** @param fields those that are undefined are left out */
export function assetRecord(fields: Partial<Record<AssetField, Value>>): AssetRecord {
  const given = Object.entries(fields).filter(([, value]) => value !== undefined);
  const columns = given.map(([field]) => columnOf(field as AssetField));
  const json = JSON.stringify(Object.fromEntries(given.map(([, value], index) => [columns[index], value])));
  return {
    columns: Prisma.join(columns.map((column) => Prisma.raw(`"${column}"`))),
    values: Prisma.join(columns.map((column) => Prisma.raw(`"given"."${column}"`))),
    source: Prisma.sql`jsonb_populate_record(NULL::"asset", ${json}::jsonb) AS "given"`,
  };
}
