import { expect, test } from 'vitest';
import { embedded } from '../e2e/support/installations.js';
import { inStores } from '../e2e/support/stores.js';
import { exportLibrary, importAgain, insertLabelledLibrary, rewrite } from '../support/archives.js';
import { ASSETS } from '#dist/archive/archive-format.js';

test('archives say which decisions were made in bulk, but for those of before it was kept', async () => {
  await inStores(await embedded.settings(), async (stores) => {
    const { prisma } = stores.database;
    const library = await insertLabelledLibrary(stores, { bulk: 'ACCEPTED', single: 'ACCEPTED' });
    const where = { labelId: library.labelIds[0]! };
    await prisma.assetLabel.updateMany({ where, data: { isInBulk: true } });
    await prisma.labelEvent.updateMany({ where, data: { wasInBulk: true } });
    const folder = await exportLibrary(stores, library);
    const imported = async () => {
      await prisma.asset.deleteMany();
      expect(await importAgain(stores, folder)).toMatchObject({ imported: 1 });
      const rows = await prisma.assetLabel.findMany({ orderBy: { label: { name: 'asc' } } });
      const events = await prisma.labelEvent.findMany({ orderBy: { labelName: 'asc' } });
      return [...rows.map(({ isInBulk }) => isInBulk), ...events.map(({ wasInBulk }) => wasInBulk)];
    };
    expect(await imported()).toEqual([true, false, true, false]);
    await rewrite(folder, ASSETS, ({ labels, history, ...line }) => ({
      ...line,
      labels: (labels as { isInBulk: boolean }[]).map(({ isInBulk: _isInBulk, ...rest }) => rest),
      history: (history as { wasInBulk: boolean }[]).map(({ wasInBulk: _wasInBulk, ...rest }) => rest),
    }));
    expect(await imported()).toEqual([false, false, false, false]);
  });
});
