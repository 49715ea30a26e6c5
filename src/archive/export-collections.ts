import { COLLECTION_ASSETS, COLLECTIONS, SAVED_SEARCHES } from './archive-format.js';
import type { ArchiveParts } from './archive-parts.js';
import type { ArchiveWriter } from './archive-writer.js';
import { stillThere } from '../database/still-there.js';
import { PAGE } from '../pages.js';

/** The collections of a library with what was put into them, and its saved searches. */
export async function exportCollections(
  { prisma }: ArchiveParts,
  writer: ArchiveWriter,
  libraryId: string,
  library: string,
): Promise<void> {
  const rows = { where: { libraryId }, omit: { libraryId: true, nameKey: true }, orderBy: { nameKey: 'asc' } } as const;
  const collections = await prisma.collection.findMany(rows);
  await writer.addLines(
    COLLECTIONS,
    collections.map((collection) => ({ library, ...collection })),
  );
  for (const { id, name } of collections)
    for (let after = -1n; ;) {
      const members = await prisma.collectionAsset.findMany({
        where: { collectionId: id, position: { gt: after } },
        select: { position: true, addedAt: true, asset: { select: { sha256: true } } },
        orderBy: { position: 'asc' },
        take: PAGE,
      });
      if (members.length === 0) break;
      await writer.addLines(
        COLLECTION_ASSETS,
        stillThere(members, 'asset').map(({ addedAt, asset }) => ({
          library,
          collection: name,
          sha256: asset.sha256,
          addedAt,
        })),
      );
      after = members.at(-1)!.position;
    }
  const searches = await prisma.savedSearch.findMany(rows);
  await writer.addLines(
    SAVED_SEARCHES,
    searches.map((search) => ({ library, ...search })),
  );
}
