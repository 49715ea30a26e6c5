import { Prisma } from '../database/database.js';

/** The columns of the table "asset" under the names of their fields: what a statement of ours selects is an `Asset`. */
export const ASSET_COLUMNS = Prisma.join(
  Object.values(Prisma.AssetScalarFieldEnum).map((field) => Prisma.raw(`asset.${columnOf(field)} AS "${field}"`)),
);

/** "libraryId" is library_id. */
export function columnOf(field: keyof typeof Prisma.AssetScalarFieldEnum): string {
  return field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
