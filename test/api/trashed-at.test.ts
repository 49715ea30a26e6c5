import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { describeOnAServer } from '../support/databases.js';
import { numberedPng } from '../support/pictures.js';
import { startServer, type TestServer } from '../support/server.js';

const TRASH = 'mutation ($ids: [ID!]!) { trashAssets(ids: $ids) { assets { trashedAt } } }';
const DAY_MS = 24 * 60 * 60 * 1000;

// The embedded database has the clock of the process.
describeOnAServer('an asset that is put into the trash', (database) => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer({ database });
  });
  afterAll(() => server.close());

  test('has the time of the database, whatever the process takes it for', async () => {
    const [id] = await server.add([await numberedPng(1)]);
    const now = Date.now();
    vi.useFakeTimers({ toFake: ['Date'], now: now - 10 * DAY_MS });
    const trashed = await server.data(TRASH, { ids: [id] }).finally(() => vi.useRealTimers());
    expect(Date.parse(trashed.trashAssets.assets[0].trashedAt)).toBeGreaterThan(now - DAY_MS);
  });
});
