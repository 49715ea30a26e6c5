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

test('merges of archives of before it was kept name the label that stayed where their history does', async () => {
  await inStores(await embedded.settings(), async (stores) => {
    const { prisma } = stores.database;
    const { labelIds, ...library } = await insertLabelledLibrary(stores, { gone: 'ACCEPTED', stayed: 'ACCEPTED' });
    const [[gone, stayed], here, told, untold] = [
      labelIds as [string, string],
      randomUUID(),
      randomUUID(),
      randomUUID(),
    ];
    const merge = { libraryId: library.id, kind: 'MERGE', labelSetId: library.setId } as const;
    await prisma.labelBatch.createMany({ data: [told, untold].map((id) => ({ ...merge, id })) });
    const off = { assetId: library.assetId, labelId: gone, labelName: 'gone', revision: 2 };
    const on = { ...off, labelId: stayed, labelName: 'stayed', source: 'HUMAN', state: 'ACCEPTED' } as const;
    await prisma.labelEvent.createMany({
      data: [
        { ...off, batchId: told },
        { ...on, batchId: told },
        { ...off, batchId: untold, revision: 3 },
      ],
    });
    const folder = await exportLibrary(stores, { ...library, labelIds });
    await prisma.asset.deleteMany();
    await prisma.labelBatch.deleteMany();
    await prisma.label.deleteMany();
    const label = { id: here, libraryId: library.id, labelSetId: library.setId, name: 'stayed', nameKey: 'stayed' };
    await prisma.label.create({ data: label });
    await importAgain(stores, folder);
    const imported = await prisma.labelBatch.findMany({ where: { kind: 'MERGE' } });
    expect(Object.fromEntries(imported.map(({ id, intoId }) => [id, intoId]))).toEqual({
      [told]: here,
      [untold]: null,
    });
  });
});
