import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sharedServers } from './support/cluster.js';
import { FaultCluster } from './support/fault-cluster.js';
import { askGraphQL } from './support/graphql-client.js';
import { pictures, sendTogether, toldTogether, UploadClient } from './support/upload-client.js';
import { OwnPostgres } from '../support/own-postgres.js';

if (!OwnPostgres.isPossible)
  console.warn('No initdb and postgres (or, as root, no user postgres): a test is skipped. apt-get install postgresql');

describe.skipIf(!OwnPostgres.isPossible)('Postgres, restarted in the middle of an upload', () => {
  let postgres: OwnPostgres;
  beforeAll(async () => {
    postgres = await OwnPostgres.create();
  });
  afterAll(() => postgres.remove());
  const servers = sharedServers({
    get url() {
      return postgres.url;
    },
  });

  it('loses nothing of it, and its clients are told what to send again', async () => {
    const files = await pictures(80);
    const cluster = await FaultCluster.start(servers);
    const clients = Array.from({ length: 4 }, () => new UploadClient(cluster.url));
    const uploading = sendTogether(clients, files);
    const refusals = () => clients.flatMap((client) => client.refusals);
    const outage = async (mode: 'fast' | 'immediate', taken: number) => {
      await cluster.api.until(() => toldTogether(clients).size >= taken, `${taken} pictures that are taken`);
      const refused = refusals().length;
      await postgres.stop(mode);
      await cluster.api.until(() => refusals().length > refused, 'a refusal');
      await sleep(500);
      expect(await askGraphQL(cluster.url(), '{ assets { totalCount } }')).toMatchObject({
        errors: [{ extensions: { code: 'DATABASE_FAILED', isRetryable: true } }],
      });
      await postgres.start();
    };
    await outage('fast', 20);
    await outage('immediate', 45);
    await uploading;

    expect(refusals()).toContainEqual({ code: 'DATABASE_FAILED', isRetryable: true });
    const told = toldTogether(clients);
    expect(told.size).toBe(files.length);
    await cluster.expectWhole(told);
  });
});
