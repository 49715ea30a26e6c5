import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import { expect, test, vi } from 'vitest';
import { createApp } from '#dist/app.js';
import { parseConfig } from '#dist/config.js';
import { describeOnEveryDatabase } from '../support/databases.js';
import { BUILT_IN } from '../support/encoder.js';
import { numberedPng } from '../support/pictures.js';
import { startServer, TestServer } from '../support/server.js';
import { addTinyClip, TINY, twoModels } from '../support/two-models.js';

const CHANGE = 'mutation ($id: ID!) { changeModel(id: $id) { model { state } userErrors { code } } }';
const MODELS = '{ models { id state done total completedAt } jobs { counts { queued running failed } } }';
const QUEUED = 100;

describeOnEveryDatabase('a model that stands by and has lost its files', (database) => {
  test('holds up neither a change to another one nor fingerprints, nor what else is done to its assets', async () => {
    const { modelsDir, remove } = twoModels();
    addTinyClip(modelsDir, 'third');
    const settings = { MODELS_DIR: modelsDir };
    const before = await startServer({ database, settings });
    const untilActive = (server: TestServer, id: string) =>
      vi.waitFor(async () => expect((await server.data(MODELS)).models[0]).toMatchObject({ id, state: 'ACTIVE' }), {
        timeout: 60_000,
        interval: 100,
      });
    const untilLeft = (server: TestServer, queued: number) =>
      vi.waitFor(async () => expect((await server.data(MODELS)).jobs.counts).toMatchObject({ queued, running: 0 }), {
        timeout: 60_000,
        interval: 100,
      });
    try {
      const [first, second] = await before.add([await numberedPng(1), await numberedPng(2)]);
      await before.data(CHANGE, { id: TINY });
      await untilActive(before, TINY);
      rmSync(join(modelsDir, BUILT_IN));
      await before.closeAndRead(async (prisma) => {
        // As after an import, which brings neither.
        await prisma.fingerprint.deleteMany({ where: { assetId: first! } });
        await prisma.embedding.deleteMany({ where: { modelId: BUILT_IN } });
        // As many as ever wait at once, and nothing in them but that model.
        const { libraryId } = await prisma.asset.findUniqueOrThrow({ where: { id: second! } });
        const jobs = Array.from({ length: QUEUED }, () => ({ id: randomUUID(), libraryId, assetId: second! }));
        await prisma.job.createMany({ data: jobs.map((job) => ({ ...job, kind: 'EMBED_ASSET' })) });
        await prisma.model.update({ where: { id: BUILT_IN }, data: { completedAt: null } });
      });

      const { location, folder } = before;
      const url = 'url' in location ? location.url : undefined;
      const config = parseConfig({ ...settings, DATA_DIR: folder, PORT: '0', WORKERS: '1', DATABASE_URL: url });
      const app = await createApp(config, pino({ level: 'silent' }));
      try {
        const server = new TestServer(app, await app.listen(), folder, location, new Map(), []);
        await server.upload([await numberedPng(3)]);
        await server.data('mutation ($ids: [ID!]!) { trashAssets(ids: $ids) { userErrors { code } } }', {
          ids: [second],
        });
        await untilLeft(server, QUEUED);
        await server.data(CHANGE, { id: 'third' });
        await untilActive(server, 'third');
        await untilLeft(server, QUEUED - 1);
        expect(await server.data(MODELS)).toMatchObject({
          models: [
            { id: 'third', done: 3, total: 3 },
            { id: BUILT_IN, state: 'STANDBY', done: 0, completedAt: null },
            { id: TINY, state: 'STANDBY', done: 3 },
          ],
          jobs: { counts: { failed: 0 } },
        });
      } finally {
        await app.close();
      }
      const isCompared = true;
      expect(await before.closeAndRead((prisma) => prisma.fingerprint.count({ where: { isCompared } }))).toBe(3);
    } finally {
      await before.close();
      remove();
    }
  });
});
