import { randomUUID } from 'node:crypto';
import type { PrismaClient } from '#dist/database/database.js';

export interface InsertedLabel {
  readonly setId: string;
  readonly labelId: string;
}

/**
 * Many assets without files or embeddings, all of which have a label of a set of their own: accepted by a person. One in 500
 * is READY, for searches to find.
 */
export async function insertLabelled(
  prisma: PrismaClient,
  libraryId: string,
  { name, count }: { readonly name: string; readonly count: number },
): Promise<InsertedLabel> {
  const [setId, labelId] = [randomUUID(), randomUUID()];
  await prisma.labelSet.create({ data: { id: setId, libraryId, name: `set of ${name}`, nameKey: `set of ${name}` } });
  await prisma.label.create({ data: { id: labelId, libraryId, labelSetId: setId, name, nameKey: name } });
  await prisma.$executeRaw`
    WITH added AS (
      INSERT INTO asset (id, library_id, state, sha256, original_name, mime_type, byte_size, width, height, orientation)
      SELECT gen_random_uuid(), ${libraryId}::uuid, (CASE n % 500 WHEN 0 THEN 'READY' ELSE 'FAILED' END)::asset_state, md5(${name} || n) || md5(${name} || n), n || '.jpg',
        'image/jpeg', 1, 3, 2, 'LANDSCAPE' FROM generate_series(1, ${count}) AS n RETURNING id)
    INSERT INTO asset_label (asset_id, label_id, source, state) SELECT id, ${labelId}::uuid, 'HUMAN', 'ACCEPTED' FROM added`;
  return { setId, labelId };
}
