import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { emptyEmbeddedDatabase } from '../support/databases.js';
import { numberedPng } from '../support/pictures.js';
import { startServer, type TestServer } from '../support/server.js';

const SUGGEST = `mutation ($assetIds: [ID!]!, $labels: [String!]!, $threshold: Float!) {
  labelAssets(assetIds: $assetIds, labels: $labels, templates: ["{}"], threshold: $threshold) {
    assets { labels { name } } } }`;

describe('many labels on many assets', () => {
  const database = emptyEmbeddedDatabase();
  const labels = Array.from({ length: 201 }, (_, index) => `n${index}`);
  let server: TestServer;
  let assetIds: string[];
  beforeAll(async () => {
    server = await startServer({ database, settings: { WORKERS: '2' } });
    assetIds = await server.add(await Promise.all(Array.from({ length: 100 }, (_, index) => numberedPng(index))));
  });
  afterAll(() => server.close());

  test('are refused when too many pass, and nothing of them is written', async () => {
    expect(await server.code(SUGGEST, { assetIds, labels, threshold: 0 })).toBe('INVALID_ARGUMENT');
    const { labelAssets } = await server.data(SUGGEST, { assetIds, labels, threshold: 1 });
    expect(labelAssets.assets).toEqual(assetIds.map(() => ({ labels: [] })));
  });

  test('are written where that is few enough', async () => {
    const { labelAssets } = await server.data(SUGGEST, { assetIds: assetIds.slice(0, 99), labels, threshold: 0 });
    const counts = labelAssets.assets.map(({ labels }: { labels: unknown[] }) => labels.length);
    expect(counts).toEqual(Array.from({ length: 99 }, () => 201));
  });
});
