import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { embedded } from '../e2e/support/installations.js';
import { inStores } from '../e2e/support/stores.js';
import { exportLibrary, importAgain, insertLabelledLibrary } from '../support/archives.js';

test('queries that name a collection name the one of the same name here', async () => {
  await inStores(await embedded.settings(), async (stores) => {
    const { prisma } = stores.database;
    const library = await insertLabelledLibrary(stores, {});
    const libraryId = library.id;
    const [archived, here, gone] = [randomUUID(), randomUUID(), randomUUID()];
    const best = { libraryId, name: 'Best', nameKey: 'best' };
    await prisma.collection.create({ data: { ...best, id: archived } });
    const query = (id: string) => ({
      version: 1,
      filter: { collections: [id, gone], or: [{ not: { collections: [id] } }, { and: [{ collections: [id] }] }] },
    });
    // The name comes before that of the collection that it is made of.
    const smart = { libraryId, name: 'All of it', nameKey: 'all of it', query: query(archived) };
    const search = { libraryId, name: 'Search', nameKey: 'search', query: query(archived) };
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
    expect(await imported()).toEqual([query(archived), query(archived)]);
    await prisma.collection.delete({ where: { id: archived } });
    await prisma.collection.create({ data: { ...best, id: here } });
    expect(await imported()).toEqual([query(here), query(here)]);
  });
});
