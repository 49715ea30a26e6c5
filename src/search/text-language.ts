import { pagesById } from '../assets/asset-pages.js';
import type { PrismaClient } from '../database/database.js';
import { PAGE } from '../pages.js';

/**
 * Has the words of all assets in this language, which is the one that queries are read in. Writes them anew where they are
 * in another one, a page at a time; what was interrupted is done again. Nothing to do but after the setting was changed.
 */
export async function useTextLanguage(prisma: PrismaClient, language: string): Promise<void> {
  const where = { onlyRow: true };
  const { written, complete } = await prisma.textLanguage.findUniqueOrThrow({ where });
  if (written === language && complete === language) return;
  // First, so that what is written meanwhile is in it.
  await prisma.textLanguage.update({ where, data: { written: language, complete: '' } });
  for await (const page of idPages(prisma))
    await prisma.$executeRaw`SELECT refresh_asset_text(${page.map(({ id }) => id)}::uuid[])`;
  await prisma.textLanguage.update({ where, data: { complete: language } });
}

function idPages(prisma: PrismaClient): AsyncIterable<{ id: string }[]> {
  const select = { id: true } as const;
  return pagesById((after) =>
    prisma.asset.findMany({ where: { id: { gt: after } }, orderBy: { id: 'asc' }, take: PAGE, select }),
  );
}
