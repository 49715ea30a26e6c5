import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { emptyEmbeddedDatabase } from '../support/databases.js';
import { numberedPng } from '../support/pictures.js';
import { startServer, type TestServer } from '../support/server.js';

const SUGGEST = `mutation ($assetIds: [ID!]!, $labels: [String!]!, $threshold: Float!) {
  labelAssets(assetIds: $assetIds, labels: $labels, templates: ["{}"], multiLabel: false, threshold: $threshold) {
    assets { id } } }`;
const COUNT = '{ assets(filter: { labelsAny: ["n200"] }) { totalCount } }';

describe('many labels on many assets', () => {
  const database = emptyEmbeddedDatabase();
  const labels = Array.from({ length: 201 }, (_, index) => `n${index}`);
  let server: TestServer;
  let assetIds: string[];
  beforeAll(async () => {
    server = await startServer({ database });
    assetIds = await server.add(await Promise.all(Array.from({ length: 100 }, (_, index) => numberedPng(index))));
  });
  afterAll(() => server.close());

  test('are refused when too many pass, and nothing of them is written', async () => {
    expect(await server.code(SUGGEST, { assetIds, labels, threshold: 0 })).toBe('INVALID_ARGUMENT');
    expect((await server.data(COUNT)).assets.totalCount).toBe(0);
  });

  test('are given and taken away by hand of as many assets only as the description says', async () => {
    for (const name of ['addLabels', 'removeLabels']) {
      const mutation = `mutation ($assetIds: [ID!]!, $labels: [String!]!) {
        ${name}(assetIds: $assetIds, labels: $labels) { assets { id } } }`;
      expect((await server.gql(mutation, { assetIds, labels })).errors?.[0]?.message).toContain('at most 20000');
      const { data } = await server.gql('{ __type(name: "Mutation") { fields { name description } } }');
      const field = data.__type.fields.find((each: { name: string }) => each.name === name);
      expect(field.description).toContain('Labels times assets are 20,000 at most');
    }
  });

  test('are written where that is few enough', async () => {
    await server.data(SUGGEST, { assetIds: assetIds.slice(1), labels, threshold: 0 });
    expect((await server.data(COUNT)).assets.totalCount).toBe(99);
    const query = 'query ($id: ID!) { asset(id: $id) { labels { name } } }';
    expect((await server.data(query, { id: assetIds[99] })).asset.labels).toHaveLength(201);
  });
});
