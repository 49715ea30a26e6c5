import { DISTINCT_PAIRS } from './archive-format.js';
import type { ArchiveReader } from './archive-reader.js';
import type { ImportTarget } from './import-target.js';
import { distinctPairLineSchema } from './labelling-lines.js';
import type { PrismaClient } from '../database/database.js';
import { inPages } from '../pages.js';

/** After the assets. Of one that was refused there is no pair. */
export async function importDistinctPairs(
  prisma: PrismaClient,
  archive: ArchiveReader,
  target: ImportTarget,
): Promise<void> {
  for await (const lines of inPages(archive.lines(DISTINCT_PAIRS, distinctPairLineSchema))) {
    const pairs = lines.map(({ library, ...pair }) => ({ libraryId: target.idOf(library), ...pair }));
    await prisma.$executeRaw`
      INSERT INTO distinct_pair (asset_id, other_id, decided_by_id, created_at)
      SELECT least(one.id, two.id), greatest(one.id, two.id), "decidedById", "createdAt"
      FROM jsonb_to_recordset(${JSON.stringify(pairs)}::jsonb) AS pair ("libraryId" uuid, sha256 char(64),
        "otherSha256" char(64), "decidedById" uuid, "createdAt" timestamptz)
      JOIN asset AS one ON one.library_id = "libraryId" AND one.sha256 = pair.sha256
      JOIN asset AS two ON two.library_id = "libraryId" AND two.sha256 = "otherSha256"
      WHERE one.id <> two.id ON CONFLICT DO NOTHING`;
  }
}
