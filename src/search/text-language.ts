import { pagesById } from '../assets/asset-pages.js';
import type { PrismaClient } from '../database/database.js';
import { PAGE } from '../pages.js';

/** What a migration writes where only texts beyond ASCII are written otherwise than they would be now. */
const UNFOLDED = 'unfolded';

/**
 * Has the words of all assets in this language, which is the one that queries are read in. Writes them anew where they are
 * in another one, a page at a time; what was interrupted is done again. Nothing to do but after the setting was changed.
 */
export async function useTextLanguage(prisma: PrismaClient, language: string): Promise<void> {
  const where = { onlyRow: true };
  const { written, complete } = await prisma.textLanguage.findUniqueOrThrow({ where });
  if (written === language && complete === language) return;
  const isUnfolded = written === language && complete === UNFOLDED;
  // First, so that what is written meanwhile is in it.
  if (!isUnfolded) await prisma.textLanguage.update({ where, data: { written: language, complete: '' } });
  for await (const page of idPages(prisma)) {
    const ids = page.map(({ id }) => id);
    await prisma.$executeRaw`SELECT refresh_asset_text(ARRAY(
      SELECT asset_id FROM asset_text
      WHERE asset_id = ANY (${ids}::uuid[]) AND (NOT ${isUnfolded} OR octet_length(spelling) <> length(spelling))))`;
  }
  await prisma.textLanguage.update({ where, data: { complete: language } });
}

function idPages(prisma: PrismaClient): AsyncIterable<{ id: string }[]> {
  const select = { id: true } as const;
  return pagesById((after) =>
    prisma.asset.findMany({ where: { id: { gt: after } }, orderBy: { id: 'asc' }, take: PAGE, select }),
  );
}
