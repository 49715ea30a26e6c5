import { pino } from 'pino';
import { expect, test, vi } from 'vitest';
import { createApp } from '#dist/app.js';
import { parseConfig } from '#dist/config.js';
import { sample } from '../support/pictures.js';
import { startServer, TestServer } from '../support/server.js';
import { variantOf } from '../support/variants.js';

const GROUPS = `{ near: duplicateGroups(kind: NEAR) { edges { node { keeper { id } duplicates { asset { id } } } } }
  jobs { counts { queued running failed } } }`;

test('a library of a version before is given its fingerprints, and then has its duplicates', async () => {
  const before = await startServer();
  try {
    const files = [sample('cat-face'), await variantOf(sample('cat-face'), 'resized'), sample('brick-wall')];
    const [original, resized] = await before.add(files);
    await before.closeAndRead(async (prisma) => {
      await prisma.fingerprint.deleteMany();
      await prisma.nearDuplicate.deleteMany();
    });
    const app = await createApp(parseConfig({ PORT: '0', DATA_DIR: before.folder, WORKERS: '1' }), pino({ level: 'silent' })); // prettier-ignore
    const server = new TestServer(app, await app.listen(), before.folder, before.location, new Map(), []);
    try {
      const found = { keeper: { id: original }, duplicates: [{ asset: { id: resized } }] };
      await vi.waitFor(async () => expect((await server.data(GROUPS)).near.edges).toEqual([{ node: found }]), {
        timeout: 60_000,
        interval: 100,
      });
      await server.waitUntilProcessed();
      expect((await server.data(GROUPS)).jobs.counts).toEqual({ queued: 0, running: 0, failed: 0 });
    } finally {
      await app.close();
    }
  } finally {
    await before.close();
  }
});
