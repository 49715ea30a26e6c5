import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { inStores } from '../e2e/support/stores.js';
import { temporaryFolder } from '../e2e/support/data-dir.js';
import { archivedLines, exportLibrary, insertLabelledLibrary } from '../support/archives.js';
import { describeOnAServer } from '../support/databases.js';
import { interleave } from '../support/interleave.js';
import { COLLECTION_ASSETS, collectionAssetLineSchema } from '#dist/archive/archive-format.js';
import type { OpenStores } from '#dist/cli/with-stores.js';
import { exportPictures } from '#dist/picture-export/export-pictures.js';

describeOnAServer('what is deleted while', (database) => {
  let folder: string;
  beforeAll(async () => {
    folder = await temporaryFolder(afterAll);
  });
  const opened = (use: (stores: OpenStores) => Promise<void>) =>
    inStores({ DATA_DIR: folder, DATABASE_URL: database.url, PORT: '0', WORKERS: '1' }, use);

  test('collections are exported is left out of them', () =>
    opened(async (stores) => {
      const { prisma } = stores.database;
      const library = await insertLabelledLibrary(stores, { one: 'ACCEPTED' });
      const { id: libraryId, assetId } = library;
      const collection = { id: randomUUID(), libraryId, name: 'Trip', nameKey: 'trip' };
      await prisma.collection.create({ data: { ...collection, assets: { create: { assetId } } } });
      const remove = () => prisma.asset.delete({ where: { id: assetId } });
      const written = await interleave(/FROM "public"\."collection_asset"/, remove, () =>
        exportLibrary(stores, library),
      );
      expect(await archivedLines(written, COLLECTION_ASSETS, collectionAssetLineSchema)).toEqual([]);
    }));

  test('pictures are exported is none of their keywords, and ends nothing', () =>
    opened(async (stores) => {
      const { prisma } = stores.database;
      const library = await insertLabelledLibrary(stores, { one: 'ACCEPTED', two: 'ACCEPTED' });
      const remove = () => prisma.label.delete({ where: { id: library.labelIds[0]! } });
      const problems: string[] = [];
      let progress: number[] = [];
      const target = await temporaryFolder(afterAll);
      const counts = await interleave(/FROM "public"\."asset_label"/, remove, () =>
        exportPictures({ prisma, blobs: stores.blobs }, target, {
          library: library.name,
          onProgress: (...each) => (progress = each),
          onProblem: (problem) => problems.push(problem),
        }),
      );
      expect({ ...counts, progress, problems }).toEqual({ written: 1, present: 0, progress: [1, 1], problems: [] });
    }));
});
