import { Prisma } from '../database/database.js';

/** The columns of the table "asset" under the names of their fields: what a statement of ours selects is an `Asset`. */
export const ASSET_COLUMNS = Prisma.join(
  Object.values(Prisma.AssetScalarFieldEnum).map((field) => Prisma.raw(`asset.${columnOf(field)} AS "${field}"`)),
);

/** The name of its file as lists order it and searches compare it: in any case, the same in every database. As its index has it. */
export const NAME_KEY = Prisma.sql`lower(asset.original_name) COLLATE "C"`;

/** "libraryId" is library_id. */
export function columnOf(field: keyof typeof Prisma.AssetScalarFieldEnum): string {
  return field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
