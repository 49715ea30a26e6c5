import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { expect, test, vi } from 'vitest';
import { createApp } from '#dist/app.js';
import { parseConfig } from '#dist/config.js';
import { sample } from '../support/pictures.js';
import { startServer, TestServer } from '../support/server.js';
import { variantOf } from '../support/variants.js';

const GROUPS = `{ near: duplicateGroups(kind: NEAR) { edges { node { keeper { id } duplicates { asset { id } } } } }
  jobs { counts { queued running failed } } }`;

/** The server of now, over what the one before has left. */
async function restarted(before: TestServer): Promise<TestServer> {
  const config = parseConfig({ PORT: '0', DATA_DIR: before.folder, WORKERS: '1' });
  const app = await createApp(config, pino({ level: 'silent' }));
  return new TestServer(app, await app.listen(), before.folder, before.location, new Map(), []);
}

test('a library of a version before is given its fingerprints, and then has its duplicates', async () => {
  const before = await startServer();
  try {
    const files = [sample('cat-face'), await variantOf(sample('cat-face'), 'resized'), sample('brick-wall')];
    const [original, resized] = await before.add(files);
    await before.closeAndRead(async (prisma) => {
      await prisma.fingerprint.deleteMany();
      await prisma.nearDuplicate.deleteMany();
    });
    const server = await restarted(before);
    try {
      const found = { keeper: { id: original }, duplicates: [{ asset: { id: resized } }] };
      await vi.waitFor(async () => expect((await server.data(GROUPS)).near.edges).toEqual([{ node: found }]), {
        timeout: 60_000,
        interval: 100,
      });
      await server.waitUntilProcessed();
      expect((await server.data(GROUPS)).jobs.counts).toEqual({ queued: 0, running: 0, failed: 0 });
    } finally {
      await server.app.close();
    }
  } finally {
    await before.close();
  }
});

test('fingerprints that are to be made again are, and where that has failed duplicates stay listed', async () => {
  const before = await startServer();
  try {
    const files = [sample('cat-face'), await variantOf(sample('cat-face'), 'resized'), sample('brick-wall')];
    const [original, resized, other] = (await before.add(files)) as [string, string, string];
    await before.closeAndRead(async (prisma) => {
      await prisma.fingerprint.updateMany({ data: { isCompared: false, sharpness: -1 } });
      const { libraryId } = await prisma.asset.findUniqueOrThrow({ where: { id: resized } });
      const job = { libraryId, kind: 'EMBED_ASSET', state: 'FAILED', finishedAt: new Date() } as const;
      await prisma.job.create({ data: { id: randomUUID(), assetId: resized, ...job } });
    });
    const server = await restarted(before);
    const found = { keeper: { id: original }, duplicates: [{ asset: { id: resized } }] };
    expect((await server.data(GROUPS)).near.edges).toEqual([{ node: found }]);
    await server.waitUntilProcessed();
    expect((await server.data(GROUPS)).near.edges).toEqual([{ node: found }]);
    const prints = await server.closeAndRead((prisma) => prisma.fingerprint.findMany());
    const made = prints.filter(({ isCompared, sharpness }) => isCompared && sharpness >= 0);
    expect(made.map(({ assetId }) => assetId).toSorted()).toEqual([original, other].toSorted());
  } finally {
    await before.close();
  }
});
