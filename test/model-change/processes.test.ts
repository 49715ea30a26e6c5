import { afterAll, beforeAll, describe, expect, inject, test, vi } from 'vitest';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { BUILT_IN } from '../support/encoder.js';
import { emptyServerDatabase } from '../support/databases.js';
import { numberedPng, sample } from '../support/pictures.js';
import { QdrantDouble } from '../support/qdrant-double/server.js';
import { S3_BUCKET, S3_KEYS, startS3Server } from '../support/s3-server.js';
import { startServer, type TestServer } from '../support/server.js';
import { TINY, twoModels } from '../support/two-models.js';

const CHANGE = 'mutation ($id: ID!) { changeModel(id: $id) { model { state } userErrors { code } } }';
const SEARCH = '{ searchByText(query: "a cat") { edges { score node { id } } } }';

describe.skipIf(inject('server') === null)('a change of the model, of two processes and with Qdrant', () => {
  const database = emptyServerDatabase();
  const [both, one] = [twoModels(), twoModels()];
  rmSync(join(one.modelsDir, TINY), { recursive: true });
  let s3: Awaited<ReturnType<typeof startS3Server>>;
  let qdrant: QdrantDouble;
  let whole: TestServer;
  let lacking: TestServer;
  beforeAll(async () => {
    [s3, qdrant] = await Promise.all([startS3Server(), QdrantDouble.start()]);
    const shared = {
      QDRANT_URL: qdrant.url,
      S3_ENDPOINT: s3.endpoint,
      S3_BUCKET,
      S3_ACCESS_KEY_ID: S3_KEYS.accessKeyId,
      S3_SECRET_ACCESS_KEY: S3_KEYS.secretAccessKey,
    };
    whole = await startServer({ database, settings: { ...shared, MODELS_DIR: both.modelsDir } });
    // It has not the files of the new model, as when they were copied to one machine of two.
    lacking = await startServer({ database, settings: { ...shared, MODELS_DIR: one.modelsDir } });
  });
  afterAll(async () => {
    await Promise.all([whole.close(), lacking.close()]);
    await Promise.all([s3.close(), qdrant.close()]);
    for (const { remove } of [both, one]) remove();
  });

  const search = async (server: TestServer) => (await server.data(SEARCH)).searchByText.edges;
  const active = async (server: TestServer) => (await server.data('{ models { id } }')).models[0].id;

  test('is done by those who can; one that cannot says so, harms nothing, and is back after a rollback', async () => {
    await whole.add([sample('cat-face'), ...(await Promise.all([1, 2, 3, 4].map((n) => numberedPng(n))))]);
    const before = await search(whole);
    expect(before).toHaveLength(5);
    expect(await search(lacking)).toEqual(before);
    expect((await lacking.data(CHANGE, { id: TINY })).changeModel.userErrors).toEqual([{ code: 'MODEL_NOT_FOUND' }]);

    await whole.data(CHANGE, { id: TINY });
    // Whoever of the two processes it.
    await lacking.upload([await numberedPng(5)]);
    const told = { timeout: 60_000, interval: 50 };
    await vi.waitFor(async () => expect(await active(whole)).toBe(TINY), told);
    await whole.waitUntilProcessed();
    // The answers of the one that can load it are of the new model, and of the other there are none.
    const after = await search(whole);
    expect(after).toHaveLength(6);
    expect(await active(lacking)).toBe(TINY);
    expect(await lacking.code(SEARCH)).toBe('MODEL_NOT_FOUND');
    expect((await fetch(`${lacking.url}/ready`)).status).toBe(503);
    expect((await fetch(`${whole.url}/ready`)).status).toBe(200);
    await vi.waitFor(
      () =>
        expect(lacking.logged.filter((line) => line.includes('cannot load a model'))).toMatchObject([
          expect.stringContaining(TINY) as string,
        ]),
      told,
    );
    const jobs = '{ jobs(states: [FAILED]) { edges { node { kind errorCode } } } }';
    expect((await whole.data(jobs)).jobs.edges).toEqual([]);

    await whole.data('mutation { rollbackModel { userErrors { code } } }');
    expect(await active(lacking)).toBe(BUILT_IN);
    expect(await search(lacking)).toEqual(await search(whole));
    expect(await search(lacking)).toHaveLength(6);
    await vi.waitFor(async () => expect((await fetch(`${lacking.url}/ready`)).status).toBe(200), told);

    expect(
      (await whole.data('mutation ($id: ID!) { dropModel(id: $id) { userErrors { code } } }', { id: TINY })).dropModel,
    ).toEqual({ userErrors: [] });
    expect(await search(lacking)).toHaveLength(6);
  });
});
