import { describe, expect, inject, it } from 'vitest';
import { sharedServers } from './support/cluster.js';
import { FaultCluster } from './support/fault-cluster.js';
import { pictures, sendTogether, toldTogether, UploadClient } from './support/upload-client.js';

describe.skipIf(inject('server') === null)('a worker and the API, killed in the middle of an upload', () => {
  const servers = sharedServers();

  it('lose nothing of it, and leave nothing behind', async () => {
    const files = await pictures(120);
    const cluster = await FaultCluster.start(servers);
    const clients = Array.from({ length: 4 }, () => new UploadClient(cluster.url));
    const uploading = sendTogether(clients, files);
    const taken = (count: number) =>
      cluster.api.until(() => toldTogether(clients).size >= count, `${count} pictures that are taken`);

    await taken(25);
    await cluster.workers[0].kill('SIGKILL');
    cluster.start('worker');
    await taken(50);
    await cluster.api.kill('SIGKILL');
    await cluster.restartApi();
    await uploading;

    const told = toldTogether(clients);
    expect(told.size).toBe(files.length);
    await cluster.expectWhole(told);
    // It was indeed the middle.
    expect(clients.some(({ unansweredRequests }) => unansweredRequests > 0)).toBe(true);
    expect(await cluster.count(`"job" WHERE "deaths" > 0`)).toBeGreaterThan(0);
  });
});
