import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { embedded } from '../e2e/support/installations.js';
import { inStores } from '../e2e/support/stores.js';
import { exportLibrary, importAgain, insertLabelledLibrary } from '../support/archives.js';

test('merges name the label that stayed as it is known here, or else as it was', async () => {
  await inStores(await embedded.settings(), async (stores) => {
    const { prisma } = stores.database;
    const library = await insertLabelledLibrary(stores, { one: 'ACCEPTED' });
    const [archived, here, gone] = [library.labelIds[0]!, randomUUID(), randomUUID()];
    const merge = { libraryId: library.id, kind: 'MERGE', labelSetId: library.setId } as const;
    const merges = { [randomUUID()]: archived, [randomUUID()]: gone, [randomUUID()]: null };
    await prisma.labelBatch.createMany({
      data: Object.entries(merges).map(([id, intoId]) => ({ ...merge, id, intoId })),
    });
    const folder = await exportLibrary(stores, library);
    await prisma.labelBatch.deleteMany();
    await prisma.label.deleteMany();
    const label = { id: here, libraryId: library.id, labelSetId: library.setId, name: 'one', nameKey: 'one' };
    await prisma.label.create({ data: label });
    await importAgain(stores, folder);
    const imported = await prisma.labelBatch.findMany({ where: { kind: 'MERGE' } });
    const ids = Object.fromEntries(imported.map(({ id, intoId }) => [id, intoId === here ? archived : intoId]));
    expect(ids).toEqual(merges);
    expect(imported.map(({ intoId }) => intoId)).toContain(here);
  });
});
