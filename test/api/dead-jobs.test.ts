import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { emptyEmbeddedDatabase } from '../support/databases.js';
import { numberedPng, sample, truncated } from '../support/pictures.js';
import { startServer, type TestServer } from '../support/server.js';

const DEAD = `{ jobs(states: [FAILED]) { edges { node {
  id kind attempts errorCode errorMessage assetId asset { originalName state failure { code } } } } counts { failed } } }`;
const RETRY = `mutation ($ids: [ID!], $all: Boolean) {
  retryJobs(ids: $ids, all: $all) { retriedCount userErrors { code message } } }`;

describe('dead jobs', () => {
  const database = emptyEmbeddedDatabase();
  let server: TestServer;
  let cutId: string;
  beforeAll(async () => {
    server = await startServer({
      database,
      keys: { admin: { role: 'ADMIN' }, editor: { role: 'EDITOR' }, them: { role: 'ADMIN', library: 'theirs' } },
    });
    const cut = { name: 'cut.jpg', bytes: truncated(sample('cat-face').bytes as Buffer<ArrayBuffer>) };
    [cutId] = (await server.add([cut], undefined, 'admin')) as [string];
  });
  afterAll(() => server.close());

  const dead = async (key = 'admin') =>
    (await server.data(DEAD, {}, key)).jobs.edges.map(({ node }: { node: object }) => node);
  const retry = async (variables: object, key = 'admin') => (await server.data(RETRY, variables, key)).retryJobs;

  test('are listed with what went wrong and the asset that it went wrong with', async () => {
    expect(await dead()).toEqual([
      {
        id: expect.any(String),
        kind: 'PROCESS_ASSET',
        attempts: 1,
        errorCode: 'UPLOAD_DAMAGED',
        errorMessage: expect.stringContaining('expected'),
        assetId: cutId,
        asset: { originalName: 'cut.jpg', state: 'FAILED', failure: { code: 'UPLOAD_DAMAGED' } },
      },
    ]);
    expect(await dead('them')).toEqual([]);
  });

  test.each([{ all: true }, { ids: 'its own' }])('are tried again: %j', async (which) => {
    const [{ id, attempts }] = await dead();
    expect(await retry(which.ids ? { ids: [id] } : which)).toEqual({ retriedCount: 1, userErrors: [] });
    await server.waitUntilProcessed('admin');
    expect(await dead()).toMatchObject([{ id, attempts: attempts + 1, asset: { state: 'FAILED' } }]);
  });

  test('that are not there, or are another library’s, are named', async () => {
    const [{ id }] = await dead();
    const unknown = [randomUUID(), 'nonsense'];
    const { retriedCount, userErrors } = await retry({ ids: [id, ...unknown] }, 'them');
    expect(retriedCount).toBe(0);
    expect(userErrors.map(({ code }: { code: string }) => code)).toEqual(Array(3).fill('JOB_NOT_FOUND'));
    expect(await retry({ all: true }, 'them')).toEqual({ retriedCount: 0, userErrors: [] });
  });

  test('are for an ADMIN to try again, who says which', async () => {
    expect(await server.code(RETRY, { all: true }, 'editor')).toBe('FORBIDDEN');
    for (const which of [{}, { all: false }, { all: true, ids: [] }])
      expect(await server.code(RETRY, which, 'admin')).toBe('INVALID_ARGUMENT');
  });

  test('make room for the job of an asset that is tried again', async () => {
    const [{ id }] = await dead();
    await server.data('mutation ($id: ID!) { retryAssets(ids: [$id]) { assets { id } } }', { id: cutId }, 'admin');
    await server.waitUntilProcessed('admin');
    const after = await dead();
    expect(after).toHaveLength(1);
    expect(after[0].id).not.toBe(id);
  });

  test('an asset that is READY has nothing to be tried again', async () => {
    const [readyId] = await server.add([await numberedPng(1)], undefined, 'admin');
    const count = async () => (await server.data('{ jobs { edges { node { id } } } }', {}, 'admin')).jobs.edges.length;
    const before = await count();
    const answer = await server.data(
      'mutation ($id: ID!) { retryAssets(ids: [$id]) { assets { id state } userErrors { code } } }',
      { id: readyId },
      'admin',
    );
    expect(answer.retryAssets).toEqual({ assets: [{ id: readyId, state: 'READY' }], userErrors: [] });
    expect(await count()).toBe(before);
  });

  test('go with their asset', async () => {
    await server.data('mutation ($id: ID!) { deleteAssets(ids: [$id]) { deletedIds } }', { id: cutId }, 'admin');
    await server.waitUntilProcessed('admin');
    expect(await dead()).toEqual([]);
  });
});
