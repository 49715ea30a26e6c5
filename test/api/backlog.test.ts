import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeOnEveryDatabase } from '../support/databases.js';
import { numberedPng } from '../support/pictures.js';
import { runSql } from '../support/postgres-server.js';
import { insertAsset } from '../support/rows.js';
import { startServer, type TestServer } from '../support/server.js';

const HOUR_MS = 60 * 60_000;

describeOnEveryDatabase('a backlog', (database) => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer({
      database,
      settings: { MAX_BACKLOG: '3' },
      prepare: async (prisma, libraryId) => {
        const runAt = new Date(Date.now() + HOUR_MS);
        // As after the change of a label that many assets have.
        for (let count = 0; count < 5; count++) {
          const assetId = await insertAsset(prisma, libraryId);
          await prisma.job.create({ data: { id: assetId, libraryId, assetId, kind: 'SYNC_VECTOR', runAt } });
        }
        for (let count = 0; count < 2; count++) {
          const assetId = await insertAsset(prisma, libraryId);
          await prisma.job.create({ data: { id: assetId, libraryId, assetId, kind: 'PROCESS_ASSET', runAt } });
        }
      },
    });
  });
  afterAll(() => server.close());

  test('that is full keeps uploads out, each file by itself', async () => {
    const outcomes = await server.upload([await numberedPng(1), await numberedPng(2), await numberedPng(3)]);
    const refused = outcomes.filter(({ __typename }) => __typename === 'RejectedUpload');
    expect(refused).toHaveLength(2);
    expect(refused[0]).toMatchObject({
      originalName: expect.any(String),
      code: 'BACKLOG_FULL',
      isRetryable: true,
      message:
        'expected fewer than 3 pictures that wait to be processed before another upload, received 3: try again later',
    });
    expect(
      (await server.data('{ assets(filter: { states: [PENDING, READY] }) { totalCount } }')).assets.totalCount,
    ).toBe(1);
  });

  test.skipIf('embeddedDir' in database)('lets them in again when there is room', async () => {
    await runSql((database as { url: string }).url, `DELETE FROM job WHERE state = 'QUEUED'`);
    // At most a second old is what it knows.
    await expect
      .poll(async () => (await server.upload([await numberedPng(4)]))[0].__typename, { timeout: 5_000, interval: 200 })
      .toBe('UploadedAsset');
  });
});
