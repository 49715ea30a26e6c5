import { describe, expect, inject, it } from 'vitest';
import type { AfterimageProcess } from './support/afterimage-process.js';
import { sharedFaultCluster } from './support/fault-cluster.js';
import { askGraphQL } from './support/graphql-client.js';
import { pictures, sendTogether, toldTogether, UploadClient } from './support/upload-client.js';
import { S3Failure } from '../support/s3-failure.js';

type Line = Readonly<Record<string, unknown>>;
const isAway = ({ msg }: Line) => msg === 'a part does not answer';
const isBack = ({ msg }: Line) => msg === 'a part answers again';

/** What it has written to its log, without a line that is not whole yet. */
function loggedBy({ stderr }: AfterimageProcess): Line[] {
  const lines = stderr.split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line) as Line);
}

describe.skipIf(inject('server') === null)('an API and two workers lose nothing', () => {
  const cluster = sharedFaultCluster();
  const told = new Map<string, string>();
  const remember = (clients: readonly UploadClient[]) => {
    for (const [name, id] of toldTogether(clients)) told.set(name, id);
  };
  const newClients = () => Array.from({ length: 4 }, () => new UploadClient(cluster().url));
  const processes = () => [cluster().api, ...cluster().workers];
  const readiness = async () => (await (await fetch(`${cluster().url()}/ready`)).json()) as object;

  it('of files that four clients upload at the same time, and tell each of them which is which', async () => {
    const files = await pictures(30);
    const clients = newClients();
    await Promise.all(clients.map((client) => client.send(files, 10)));

    for (const { name } of files) {
      const answers = clients.map((client) => client.told.get(name)!);
      expect(answers.map(({ type }) => type).sort()).toEqual([
        ...Array.from({ length: 3 }, () => 'DuplicateAsset'),
        'UploadedAsset',
      ]);
      expect(new Set(answers.map(({ id }) => id)).size).toBe(1);
    }
    expect(clients.flatMap(({ refusals }) => refusals)).toEqual([]);
    remember(clients);
    await cluster().expectWhole(told);
  });

  it('while the vector store is away for all of an upload, of which each process writes a few lines', async () => {
    const files = await pictures(40, 1_000);
    const clients = newClients();
    const qdrant = cluster().servers.qdrant();
    await qdrant.close();
    try {
      await sendTogether(clients, files);
      expect(clients.flatMap(({ refusals }) => refusals)).toEqual([]);
      await cluster().api.until(
        async () => (await cluster().count(`"job" WHERE "error_code" = 'VECTOR_STORE_FAILED'`)) > 10,
        'jobs that fail',
        { interval: 100 },
      );
      expect(await readiness()).toMatchObject({ parts: { vectors: 'unavailable', database: 'ok', files: 'ok' } });
      expect(await askGraphQL(cluster().url(), '{ searchByText(query: "boats") { edges { score } } }')).toMatchObject({
        errors: [{ extensions: { code: 'VECTOR_STORE_FAILED', isRetryable: true } }],
      });
      for (const process of processes()) await process.until(() => loggedBy(process).some(isAway), 'what is away');
    } finally {
      await qdrant.listen();
    }
    for (const process of processes()) {
      await process.until(() => loggedBy(process).some(isBack), 'what is back');
      const lines = loggedBy(process);
      expect(lines.filter(isAway)).toMatchObject([
        { part: 'vectors', cause: expect.stringMatching(/^expected Qdrant.*ECONNREFUSED/) },
      ]);
      expect(lines.filter(isBack)).toMatchObject([{ part: 'vectors' }]);
      const others = lines.filter((line) => !isAway(line) && !isBack(line));
      expect(others.length).toBeLessThanOrEqual(1);
      expect(others).toEqual(
        others.map(() => expect.objectContaining({ code: 'VECTOR_STORE_FAILED', cause: expect.any(String) })),
      );
    }
    remember(clients);
    await cluster().expectWhole(told);
  });

  it('while the blob store refuses what is written, which its clients are told', async () => {
    const files = await pictures(60, 2_000);
    const { state, store } = cluster().servers.s3();
    const isFull = { code: 'BLOB_STORE_FAILED', isRetryable: true };

    state.fault = (operation) => (operation === 'PutObject' ? new S3Failure(507, 'InsufficientStorage') : undefined);
    const early = new UploadClient(cluster().url);
    const first = files.slice(-10);
    const before = { objects: store.objects.size, assets: await cluster().count('"asset"') };
    expect(await early.attempt(first)).toEqual(first);
    expect(early.refusals).toEqual(first.map(() => isFull));
    expect({ objects: store.objects.size, assets: await cluster().count('"asset"') }).toEqual(before);
    expect(await cluster().count('"upload"')).toBe(0);
    state.fault = () => undefined;

    const clients = newClients();
    const uploading = sendTogether(clients, files);
    const refusals = () => clients.flatMap((client) => client.refusals);
    await cluster().api.until(() => toldTogether(clients).size >= 20, '20 pictures that are taken');
    // Nothing can be tidied up either.
    state.fault = () => new S3Failure(503, 'ServiceUnavailable');
    await cluster().api.until(() => refusals().length >= 10, '10 refusals');
    await expect
      .poll(readiness, { timeout: 20_000 })
      .toMatchObject({ parts: { files: 'unavailable', database: 'ok', vectors: 'ok' } });
    state.fault = () => undefined;
    await uploading;
    expect(refusals()).toEqual(refusals().map(() => isFull));
    remember(clients);
    await cluster().expectWhole(told);
  });
});
