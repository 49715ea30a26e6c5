import { randomUUID } from 'node:crypto';
import type { Environment } from './afterimage-process.js';
import { inStores } from './stores.js';
import { Libraries } from '#dist/access/libraries.js';
import { toPayload } from '#dist/assets/asset-payload.js';
import { fillLibrary } from '../../support/large-library.js';

/** Exclusive sets of which people have decided, by chance, of the same pictures, which are of chance too. @returns their ids */
export function fillSets(
  environment: Environment,
  { sets, pictures, labels: labelCount }: { sets: number; pictures: number; labels: number },
): Promise<string[]> {
  return inStores(environment, async ({ database: { prisma }, models: [{ modelId, collection }] }) => {
    const libraryId = await new Libraries(prisma).ensureDefault();
    await fillLibrary(prisma, libraryId, pictures);
    const assets = await prisma.asset.findMany();
    await prisma.embedding.createMany({ data: assets.map(({ id }) => ({ assetId: id, modelId })) });
    const vector = () => Float32Array.from({ length: collection.spec.dimension }, () => Math.random() - 0.5);
    await collection.upsert(assets.map((asset) => ({ id: asset.id, vector: vector(), payload: toPayload(asset, []) })));
    const setIds = Array.from({ length: sets }, () => randomUUID());
    for (const id of setIds) {
      const set = { id, libraryId, name: id, nameKey: id, isExclusive: true, templates: ['{}'] };
      await prisma.labelSet.create({ data: set });
      const names = Array.from({ length: labelCount }, (_, index) => `kind ${index}`);
      const labels = names.map((name) => ({ id: randomUUID(), libraryId, labelSetId: id, name, nameKey: name }));
      await prisma.label.createMany({ data: labels });
      await prisma.assetLabel.createMany({
        data: assets.map((asset) => ({
          assetId: asset.id,
          labelId: labels[Math.floor(Math.random() * labelCount)]!.id,
          source: 'HUMAN',
          state: 'ACCEPTED',
        })),
      });
    }
    return setIds;
  });
}
