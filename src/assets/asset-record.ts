import { columnOf } from './asset-columns.js';
import { Prisma } from '../database/database.js';

export type AssetField = keyof typeof Prisma.AssetScalarFieldEnum;

/** Some fields of assets as a statement of ours writes them. */
export interface AssetRecords {
  /** The names of the columns. */
  readonly columns: Prisma.Sql;
  /** The values, of `source`. */
  readonly values: Prisma.Sql;
  /** What they are selected from: a row each, "given", whose types are those of the table. */
  readonly source: Prisma.Sql;
}

/** What JSON says without loss, and Postgres reads again. */
type Value = Prisma.JsonValue | Date | readonly string[] | undefined;

/**
 * @param assets at least one, all with the same fields; those that are undefined are left out
 * @param keys fields that are in the source only
 * @param toWritten what is written in the place of a value, itself by default
 */
export function assetRecords(
  assets: readonly Partial<Record<AssetField, Value>>[],
  keys: readonly AssetField[] = [],
  toWritten: (field: AssetField, value: Prisma.Sql) => Prisma.Sql = (_, value) => value,
): AssetRecords {
  const fields = Object.keys(assets[0]!) as AssetField[];
  const given = fields.filter((field) => assets[0]![field] !== undefined);
  const rows = assets.map((asset) => Object.fromEntries(given.map((field) => [columnOf(field), asset[field]])));
  const written = given.filter((field) => !keys.includes(field));
  return {
    columns: Prisma.join(written.map((field) => Prisma.raw(`"${columnOf(field)}"`))),
    values: Prisma.join(written.map((field) => toWritten(field, Prisma.raw(`"given"."${columnOf(field)}"`)))),
    source: Prisma.sql`jsonb_populate_recordset(NULL::"asset", ${JSON.stringify(rows)}::jsonb) AS "given"`,
  };
}
