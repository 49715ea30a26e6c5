import { Prisma } from '../database/database.js';

/** Bytes of text whose words one transaction has time for, also on a slow machine and in the embedded database. */
const MAX_BYTES = 200_000;

/** How many bytes of text an asset has, to SELECT beside its id: its own and those of its accepted labels. */
export const TEXT_BYTES = Prisma.sql`(
  SELECT octet_length("spelling") FROM "asset_text" WHERE "asset_id" = "asset"."id") AS "textBytes"`;

export interface TextSize {
  readonly id: string;
  readonly textBytes: number;
}

/**
 * Parts assets, in their order, into those whose words can be written anew in one transaction: of an asset all of them are,
 * whatever changes.
 * @param addedBytes what each is given besides
 */
export function textPortions(assets: readonly TextSize[], addedBytes = 0): string[][] {
  const portions: string[][] = [];
  let left = -1;
  for (const { id, textBytes } of assets) {
    const size = textBytes + addedBytes;
    if (size > left) {
      portions.push([]);
      left = MAX_BYTES;
    }
    portions.at(-1)!.push(id);
    left -= size;
  }
  return portions;
}
