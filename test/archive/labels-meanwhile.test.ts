import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { inStores } from '../e2e/support/stores.js';
import { temporaryFolder } from '../e2e/support/data-dir.js';
import { archivedLines, exportLibrary, importAgain, insertLabelledLibrary } from '../support/archives.js';
import { describeOnAServer } from '../support/databases.js';
import { interleave } from '../support/interleave.js';
import { ASSETS, assetLineSchema } from '#dist/archive/archive-format.js';
import type { OpenStores } from '#dist/cli/with-stores.js';

// Servers change labels while archives are written and read.
describeOnAServer('labels that change while', (database) => {
  let folder: string;
  beforeAll(async () => {
    folder = await temporaryFolder(afterAll);
  });
  const opened = (use: (stores: OpenStores) => Promise<void>) =>
    inStores({ DATA_DIR: folder, DATABASE_URL: database.url, PORT: '0', WORKERS: '1' }, use);

  const statesOf = async ({ database: { prisma } }: OpenStores, assetId: string) => {
    const rows = await prisma.assetLabel.findMany({
      where: { assetId },
      include: { label: true },
      orderBy: { label: { name: 'asc' } },
    });
    return rows.map(({ label, state }) => [label.name, state]);
  };

  test('an asset is exported leave its history whole', () =>
    opened(async (stores) => {
      const { prisma } = stores.database;
      const library = await insertLabelledLibrary(stores, { one: 'ACCEPTED' });
      const { assetId, labelIds } = library;
      const reject = () =>
        prisma.$transaction(async (transaction) => {
          const change = { state: 'REJECTED', revision: 2 } as const;
          await transaction.assetLabel.updateMany({ where: { assetId }, data: change });
          const { id: batchId } = await transaction.labelBatch.findFirstOrThrow({ where: { libraryId: library.id } });
          const event = { assetId, labelId: labelIds[0]!, labelName: 'one', source: 'HUMAN', batchId } as const;
          await transaction.labelEvent.create({ data: { ...event, ...change } });
        });
      const folder = await interleave(/FROM "public"\."asset_label"/, reject, () => exportLibrary(stores, library));
      const lines = await archivedLines(folder, ASSETS, assetLineSchema);
      expect(lines.map(({ labels, history }) => [labels[0]!.revision, history.at(-1)!.revision])).toEqual([[1, 1]]);
    }));

  for (const [how, data] of [
    ['deleted', undefined],
    ['about to be deleted', { deletedAt: new Date() }],
  ] as const)
    test(`an asset is imported are left out where one is ${how}`, () =>
      opened(async (stores) => {
        const { prisma } = stores.database;
        const library = await insertLabelledLibrary(stores, { one: 'ACCEPTED', two: 'ACCEPTED' });
        const { assetId, labelIds } = library;
        const folder = await exportLibrary(stores, library);
        await prisma.asset.delete({ where: { id: assetId } });
        const where = { id: labelIds[0]! };
        const act = () => (data ? prisma.label.update({ where, data }) : prisma.label.delete({ where }));
        // The last statement before those of the asset itself.
        const summary = await interleave(/FROM "public"\."label_batch"/, act, () => importAgain(stores, folder));
        expect(summary).toMatchObject({ imported: 1 });
        expect(await statesOf(stores, assetId)).toEqual([['two', 'ACCEPTED']]);
        expect(await prisma.labelEvent.count({ where: { assetId } })).toBe(2);
        // The vector store has both.
        expect(await prisma.job.findMany({ where: { assetId } })).toMatchObject([{ kind: 'SYNC_VECTOR' }]);
      }));

  test('an asset is imported wait for one another in the order of their ids', () =>
    opened(async (stores) => {
      const { prisma } = stores.database;
      const library = await insertLabelledLibrary(stores, { one: 'ACCEPTED', two: 'ACCEPTED' });
      const folder = await exportLibrary(stores, library);
      await prisma.asset.delete({ where: { id: library.assetId } });
      const client = new pg.Client({ connectionString: database.url });
      onTestFinished(() => client.end());
      await client.connect();
      const lock = (id: string) => client.query('SELECT FROM label WHERE id = $1 FOR UPDATE', [id]);
      const [later, sooner] = library.labelIds as [string, string];
      await client.query('BEGIN');
      await lock(sooner);
      const importing = importAgain(stores, folder);
      importing.catch(() => undefined);
      await vi.waitFor(
        async () => {
          const waiting = await prisma.$queryRaw<object[]>`
            SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
          expect(waiting).toHaveLength(1);
        },
        { timeout: 20_000, interval: 20 },
      );
      await lock(later);
      await client.query('COMMIT');
      expect(await importing).toMatchObject({ imported: 1 });
    }));

  test('a set is imported are not added where it is about to be deleted, nor is what it learned', () =>
    opened(async (stores) => {
      const { prisma } = stores.database;
      const library = await insertLabelledLibrary(stores, { one: 'ACCEPTED' });
      const { id: libraryId, setId, labelIds, assetId } = library;
      const [id, judgement] = [randomUUID(), { logLoss: 1, accuracy: 0 }];
      const metrics = { prior: judgement, learned: judgement, labels: [] };
      const weights = { weights: Buffer.alloc(4), bias: [0], priorScale: 1, isExclusive: false, modelId: 'model' };
      const counts = { version: 1, decisions: 1, pictures: 1, readAt: new Date() };
      await prisma.labelHead.create({
        data: {
          id,
          libraryId,
          labelSetId: setId,
          state: 'CANDIDATE',
          labelIds: [...labelIds],
          metrics,
          ...weights,
          ...counts,
        },
      });
      const folder = await exportLibrary(stores, library);
      await prisma.asset.delete({ where: { id: assetId } });
      await prisma.label.deleteMany({ where: { libraryId } });
      await prisma.labelHead.deleteMany({ where: { libraryId } });
      const hide = () => prisma.labelSet.update({ where: { id: setId }, data: { deletedAt: new Date() } });
      expect(await interleave(/FROM "public"\."label_set"/, hide, () => importAgain(stores, folder))).toMatchObject({
        imported: 1,
      });
      expect(await prisma.label.count({ where: { libraryId } })).toBe(0);
      expect(await prisma.labelHead.count({ where: { libraryId } })).toBe(0);
      expect(await prisma.labelSet.count({ where: { libraryId } })).toBe(1);
    }));
});
