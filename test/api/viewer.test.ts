import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { emptyEmbeddedDatabase } from '../support/databases.js';
import { numberedPng } from '../support/pictures.js';
import { startServer, type TestServer } from '../support/server.js';

const VIEWER = `{ viewer {
  role library key { id name role revokedAt } uploadLimits { maxBytes maxPixels maxFiles } } }`;
const NOWHERE = '00000000-0000-4000-8000-000000000000';

describe('who asks', () => {
  const database = emptyEmbeddedDatabase();
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer({
      database,
      keys: {
        labeller: { role: 'LABELLER' },
        editor: { role: 'EDITOR' },
        gone: { role: 'EDITOR', isRevoked: true },
        admin: { role: 'ADMIN' },
        elsewhere: { role: 'ADMIN', library: 'other' },
      },
    });
  });
  afterAll(() => server.close());
  const uploaded = async (number: number) =>
    (await server.upload([await numberedPng(number)], {}, 'editor'))[0]!.asset as { id: string };

  test('is told, with what may be sent', async () => {
    const { viewer } = await server.data(VIEWER, {}, 'labeller');
    expect(viewer).toMatchObject({
      role: 'LABELLER',
      library: 'default',
      key: { role: 'LABELLER', revokedAt: null },
      uploadLimits: { maxBytes: 256 * 2 ** 20, maxPixels: 200_000_000, maxFiles: 1 },
    });
    expect((await server.data(VIEWER, {}, 'editor')).viewer.uploadLimits.maxFiles).toBe(1_000);
    expect((await server.data(VIEWER, {}, 'elsewhere')).viewer).toMatchObject({ library: 'other', role: 'ADMIN' });
  });

  test('an ADMIN is told whose the keys of the library are, and of no other', async () => {
    const keysOf = async (key: string) =>
      (await server.data('{ apiKeys { id name role createdAt lastUsedAt revokedAt } }', {}, key)).apiKeys as {
        id: string;
        name: string;
        revokedAt: string | null;
      }[];
    const keys = await keysOf('admin');
    expect(keys.map(({ name }) => name).sort()).toEqual(['admin', 'editor', 'gone', 'labeller']);
    expect(keys.filter(({ revokedAt }) => revokedAt).map(({ name }) => name)).toEqual(['gone']);
    expect((await keysOf('elsewhere')).map(({ name }) => name)).toEqual(['elsewhere']);

    const { id } = await uploaded(1);
    const document =
      'query ($ids: [ID!]!) { assets(filter: { uploadedBy: $ids }) { edges { node { id uploadedById } } } }';
    const editor = keys.find(({ name }) => name === 'editor')!;
    expect((await server.data(document, { ids: [editor.id] }, 'admin')).assets.edges).toEqual([
      { node: { id, uploadedById: editor.id } },
    ]);
  });

  test('asks for assets by their ids, each in its place', async () => {
    const one = await uploaded(2);
    const two = await uploaded(3);
    await server.data(
      'mutation ($ids: [ID!]!) { trashAssets(ids: $ids) { assets { id } } }',
      { ids: [two.id] },
      'editor',
    );
    const document = 'query ($ids: [ID!]!) { assetsByIds(ids: $ids) { id } }';
    const ids = [two.id, NOWHERE, one.id, 'no id', two.id];
    expect((await server.data(document, { ids }, 'labeller')).assetsByIds).toEqual(
      [two, null, one, null, two].map((asset) => asset && { id: asset.id }),
    );
    expect((await server.data(document, { ids }, 'elsewhere')).assetsByIds).toEqual(ids.map(() => null));
    expect((await server.data(document, { ids: [] }, 'labeller')).assetsByIds).toEqual([]);

    const { errors } = await server.gql(document, { ids: Array.from({ length: 201 }, () => NOWHERE) }, 'labeller');
    expect(errors).toMatchObject([{ extensions: { code: 'INVALID_ARGUMENT' }, path: ['assetsByIds'] }]);
    // 200 assets of 340 values are more than a request may ask for.
    const values = Array.from({ length: 340 }, (_, index) => `v${index}: id`).join(' ');
    const large = `query ($ids: [ID!]!) { assetsByIds(ids: $ids) { ${values} } }`;
    const many = Array.from({ length: 200 }, () => one.id);
    expect((await server.gql(large, { ids: many }, 'labeller')).errors).toMatchObject([
      { extensions: { code: 'QUERY_TOO_LARGE' } },
    ]);
    expect((await server.data(large, { ids: many.slice(0, 5) }, 'labeller')).assetsByIds).toHaveLength(5);
  });
});
