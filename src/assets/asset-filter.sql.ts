import { checkFilter, RANGES, toColumn, type AssetFilter } from './asset-filter.js';
import { labelKey } from './label-name.js';
import { Prisma } from '../database/database.js';

const COLUMNS: Readonly<Record<(typeof RANGES)[number], string>> = {
  uploadedAt: 'uploaded_at',
  capturedAt: 'captured_at',
  byteSize: 'byte_size',
  width: 'width',
  height: 'height',
};

/**
 * The filter as a condition on the columns of the table "asset", for statements that Prisma cannot say: what
 * `toRowCondition` lets pass.
 * @throws INVALID_FILTER
 */
export function toSqlCondition(filter: AssetFilter): Prisma.Sql {
  checkFilter(filter);
  const { mimeTypes, tagsAny, tagsAll, labelsAny, orientations, states, isFavourite, minRating, text } = filter;
  const conditions = [filter.isTrashed ? Prisma.sql`trashed_at IS NOT NULL` : Prisma.sql`trashed_at IS NULL`];
  if (mimeTypes) conditions.push(Prisma.sql`mime_type = ANY (${[...mimeTypes]}::text[])`);
  if (tagsAny) conditions.push(Prisma.sql`tags && ${[...tagsAny]}::text[]`);
  if (tagsAll) conditions.push(Prisma.sql`tags @> ${[...tagsAll]}::text[]`);
  if (labelsAny)
    conditions.push(Prisma.sql`EXISTS (SELECT 1 FROM asset_label JOIN label ON label.id = asset_label.label_id
      WHERE asset_label.asset_id = asset.id AND asset_label.state <> 'REJECTED'
      AND label.name_key = ANY (${labelsAny.map(labelKey)}::text[]))`);
  for (const name of RANGES) {
    const { min, max } = filter[name] ?? {};
    const column = Prisma.raw(`asset.${COLUMNS[name]}`);
    if (min != null) conditions.push(Prisma.sql`${column} >= ${toColumn(name, min)}`);
    if (max != null) conditions.push(Prisma.sql`${column} <= ${toColumn(name, max)}`);
  }
  if (orientations) conditions.push(Prisma.sql`orientation::text = ANY (${[...orientations]}::text[])`);
  if (states) conditions.push(Prisma.sql`asset.state::text = ANY (${[...states]}::text[])`);
  if (isFavourite != null) conditions.push(Prisma.sql`is_favourite = ${isFavourite}`);
  if (minRating != null) conditions.push(Prisma.sql`rating >= ${minRating}`);
  if (text) {
    const pattern = `%${text.replace(/[\\%_]/g, '\\$&')}%`;
    conditions.push(Prisma.sql`(original_name ILIKE ${pattern} OR title ILIKE ${pattern})`);
  }
  return Prisma.join(conditions, ' AND ');
}
