import { DISTINCT_PAIRS } from './archive-format.js';
import type { ArchiveParts } from './archive-parts.js';
import type { ArchiveWriter } from './archive-writer.js';
import { PAGE } from '../pages.js';

/** The assets of a library of which people said that they are no duplicates of one another. */
export async function exportDistinctPairs(
  { prisma }: ArchiveParts,
  writer: ArchiveWriter,
  libraryId: string,
  library: string,
): Promise<void> {
  const sum = { select: { sha256: true } } as const;
  for (let after: { assetId: string; otherId: string } | undefined; ;) {
    const pairs = await prisma.distinctPair.findMany({
      where: { asset: { libraryId }, ...(after && afterPair(after)) },
      select: { assetId: true, otherId: true, decidedById: true, createdAt: true, asset: sum, other: sum },
      orderBy: [{ assetId: 'asc' }, { otherId: 'asc' }],
      take: PAGE,
    });
    await writer.addLines(
      DISTINCT_PAIRS,
      pairs.map(({ decidedById, createdAt, asset, other }) => ({
        library,
        sha256: asset.sha256,
        otherSha256: other.sha256,
        decidedById,
        createdAt,
      })),
    );
    if (pairs.length < PAGE) return;
    after = pairs.at(-1)!;
  }
}

function afterPair({ assetId, otherId }: { assetId: string; otherId: string }) {
  return { OR: [{ assetId: { gt: assetId } }, { assetId, otherId: { gt: otherId } }] };
}
