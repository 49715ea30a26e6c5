import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { embedded } from '../e2e/support/installations.js';
import { inStores } from '../e2e/support/stores.js';
import { archivedLines, exportLibrary, importAgain, insertLabelledLibrary } from '../support/archives.js';
import { ASSETS, LABELS } from '#dist/archive/archive-format.js';
import { labelLineSchema } from '#dist/archive/labelling-lines.js';

test('of several accepted labels the last decision counts where the set is exclusive now', async () => {
  await inStores(await embedded.settings(), async (stores) => {
    const { prisma } = stores.database;
    const library = await insertLabelledLibrary(stores, {
      first: 'ACCEPTED',
      last: 'ACCEPTED',
      never: 'REJECTED',
      open: 'SUGGESTED',
    });
    const { assetId, setId, labelIds } = library;

    const imported = async (folder: string) => {
      await prisma.job.deleteMany();
      await prisma.asset.delete({ where: { id: assetId } });
      expect(await importAgain(stores, folder)).toMatchObject({ imported: 1 });
      const rows = await prisma.assetLabel.findMany({ where: { assetId }, orderBy: { label: { name: 'asc' } } });
      const jobs = await prisma.job.findMany({ where: { assetId } });
      return [...rows.map(({ state, revision }) => `${state} ${revision}`), ...jobs.map(({ kind }) => kind)];
    };
    const others = ['REJECTED 1', 'SUGGESTED 1'];
    const folder = await exportLibrary(stores, library);
    expect(await imported(folder)).toEqual(['ACCEPTED 1', 'ACCEPTED 1', ...others]);
    // Of the time when that of decisions was not kept there is that of the row.
    const data = { decidedAt: null, updatedAt: new Date('2026-02-01T00:00:00Z') };
    await prisma.assetLabel.updateMany({ where: { labelId: labelIds[0]! }, data });
    const undated = await exportLibrary(stores, library);

    await prisma.labelSet.update({ where: { id: setId }, data: { isExclusive: true } });
    // The vector store was told of both.
    expect(await imported(folder)).toEqual(['REJECTED 2', 'ACCEPTED 1', ...others, 'SYNC_VECTOR']);
    expect(await imported(undated)).toEqual(['ACCEPTED 1', 'REJECTED 2', ...others, 'SYNC_VECTOR']);
  });
});

test('labels that are below themselves are exported as labels at the top', async () => {
  await inStores(await embedded.settings(), async (stores) => {
    const { prisma } = stores.database;
    const library = await insertLabelledLibrary(stores, { one: 'ACCEPTED', other: 'ACCEPTED', top: 'ACCEPTED' });
    const [one, other, top] = library.labelIds as [string, string, string];
    const below = await prisma.label.create({
      data: {
        ...(await prisma.label.findUniqueOrThrow({ where: { id: top } })),
        id: randomUUID(),
        name: 'below',
        nameKey: 'below',
        parentId: top,
      },
    });
    await prisma.label.update({ where: { id: one }, data: { parentId: other } });
    await prisma.label.update({ where: { id: other }, data: { parentId: one } });
    const lines = await archivedLines(await exportLibrary(stores, library), LABELS, labelLineSchema);
    expect(lines.map(({ id, parentId }) => [id, parentId])).toEqual([
      [top, null],
      [below.id, top],
      [one, null],
      [other, null],
    ]);
  });
});

test('names of cameras and lenses come in no longer than their index takes them', async () => {
  await inStores(await embedded.settings(), async (stores) => {
    const { prisma } = stores.database;
    const library = await insertLabelledLibrary(stores, {});
    const where = { id: library.assetId };
    // As a version of before had them.
    const names = { cameraMake: 'm'.repeat(300), cameraModel: `${'d'.repeat(199)} ${'d'.repeat(100)}`, lens: 'short' };
    await prisma.asset.update({ where, data: names });
    const folder = await exportLibrary(stores, library);
    expect(await readFile(join(folder, ASSETS), 'utf8')).toContain(names.cameraMake);
    await prisma.asset.delete({ where });
    expect(await importAgain(stores, folder)).toMatchObject({ imported: 1 });
    const shortened = { cameraMake: 'm'.repeat(200), cameraModel: 'd'.repeat(199), lens: 'short' };
    expect(await prisma.asset.findUnique({ where })).toMatchObject(shortened);
    const [point] = await stores.models[0].collection.get([library.assetId]);
    expect(point!.payload).toMatchObject(shortened);
  });
});
