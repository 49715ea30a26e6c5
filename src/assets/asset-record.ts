import { columnOf } from './asset-columns.js';
import { Prisma } from '../database/database.js';

type AssetField = keyof typeof Prisma.AssetScalarFieldEnum;

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
 */
export function assetRecords(
  assets: readonly Partial<Record<AssetField, Value>>[],
  keys: readonly AssetField[] = [],
): AssetRecords {
  const fields = Object.keys(assets[0]!) as AssetField[];
  const given = fields.filter((field) => assets[0]![field] !== undefined);
  const rows = assets.map((asset) => Object.fromEntries(given.map((field) => [columnOf(field), asset[field]])));
  const columns = given.filter((field) => !keys.includes(field)).map(columnOf);
  return {
    columns: Prisma.join(columns.map((column) => Prisma.raw(`"${column}"`))),
    values: Prisma.join(columns.map((column) => Prisma.raw(`"given"."${column}"`))),
    source: Prisma.sql`jsonb_populate_recordset(NULL::"asset", ${JSON.stringify(rows)}::jsonb) AS "given"`,
  };
}
