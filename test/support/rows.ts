import { createHash, randomUUID } from 'node:crypto';
import type { PrismaClient } from '#dist/database/database.js';
import type { Asset } from '#dist/database/generated/client.js';

type Given = Partial<Omit<Asset, 'byteSize' | 'renditions'>> & { readonly byteSize?: number };

/** An asset without files, for what concerns the row alone. Those with equal names differ in their bytes. */
export async function insertAsset(prisma: PrismaClient, libraryId: string, given: Given = {}): Promise<string> {
  const id = randomUUID();
  const defaults = {
    id,
    libraryId,
    state: 'FAILED' as const,
    sha256: createHash('sha256').update(id).digest('hex'),
    originalName: `${id}.jpg`,
    mimeType: 'image/jpeg',
    byteSize: 1,
    width: 3,
    height: 2,
    orientation: 'LANDSCAPE' as const,
  };
  await prisma.asset.create({ data: { ...defaults, ...given } });
  return given.id ?? id;
}
