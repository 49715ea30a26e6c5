import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { embedded } from '../e2e/support/installations.js';
import { inStores } from '../e2e/support/stores.js';
import { exportLibrary, importAgain, insertLabelledLibrary } from '../support/archives.js';

test('queries that name a collection, a label or a set name those of the same names here', async () => {
  await inStores(await embedded.settings(), async (stores) => {
    const { prisma } = stores.database;
    const library = await insertLabelledLibrary(stores, { owl: 'ACCEPTED' });
    const libraryId = library.id;
    const [archived, here, gone] = [randomUUID(), randomUUID(), randomUUID()];
    const best = { libraryId, name: 'Best', nameKey: 'best' };
    await prisma.collection.create({ data: { ...best, id: archived } });
    const query = (id: string, labelSetId: string, labelId: string) => ({
      version: 1,
      filter: {
        collections: [id, gone],
        labels: [{ labelId }, { labelId: gone }],
        or: [{ not: { collections: [id] } }, { and: [{ collections: [id], labels: [{ name: 'owl', labelSetId }] }] }],
      },
    });
    const asArchived = query(archived, library.setId, library.labelIds[0]!);
    // The name comes before that of the collection that it is made of.
    const smart = { libraryId, name: 'All of it', nameKey: 'all of it', query: asArchived };
    const search = { libraryId, name: 'Search', nameKey: 'search', query: asArchived };
    await prisma.collection.create({ data: { ...smart, id: randomUUID() } });
    await prisma.savedSearch.create({ data: { ...search, id: randomUUID() } });
    const folder = await exportLibrary(stores, library);

    const imported = async () => {
      await prisma.savedSearch.deleteMany();
      await prisma.collection.deleteMany({ where: { nameKey: smart.nameKey } });
      await importAgain(stores, folder);
      const { query: ofCollection } = await prisma.collection.findFirstOrThrow({ where: { nameKey: smart.nameKey } });
      const { query: ofSearch } = await prisma.savedSearch.findFirstOrThrow();
      return [ofCollection, ofSearch];
    };
    expect(await imported()).toEqual([asArchived, asArchived]);
    await prisma.collection.delete({ where: { id: archived } });
    await prisma.collection.create({ data: { ...best, id: here } });
    await prisma.labelSet.delete({ where: { id: library.setId } });
    const [setHere, labelHere] = [randomUUID(), randomUUID()];
    await prisma.labelSet.create({ data: { id: setHere, libraryId, name: 'Set', nameKey: 'set' } });
    const owl = { libraryId, labelSetId: setHere, name: 'Owl', nameKey: 'owl' };
    await prisma.label.create({ data: { ...owl, id: labelHere } });
    const asHere = query(here, setHere, labelHere);
    expect(await imported()).toEqual([asHere, asHere]);
  });
});
