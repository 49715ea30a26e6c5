import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { insertAsset } from '../support/rows.js';
import { startServer, type TestServer } from '../support/server.js';

const times = (count: number, field: string) => Array.from({ length: count }, (_, i) => `a${i}: ${field}`).join(' ');
const again = (of: string) => `query ($ids: [ID!]!) { assetsByIds(ids: $ids) { ${of} } }`;

describe('lists that are far longer than they were taken for', () => {
  let server: TestServer;
  let id: string;
  beforeAll(async () => {
    server = await startServer({
      keys: { editor: { role: 'EDITOR' }, viewer: { role: 'VIEWER' } },
      prepare: async (prisma, libraryId) => (id = await insertAsset(prisma, libraryId)),
    });
    const label = `mutation ($ids: [ID!]!, $labels: [String!]!, $tags: [String!]) {
      addLabels(assetIds: $ids, labels: $labels) { userErrors { code } }
      updateAssets(ids: $ids, input: { addTags: $tags }) { userErrors { code } } }`;
    const labels = Array.from({ length: 1_000 }, (_, i) => `label ${i}`);
    const tags = Array.from({ length: 200 }, (_, i) => `tag ${i}`);
    await server.data(label, { ids: [id], labels, tags }, 'editor');
  });
  afterAll(() => server.close());

  const ask = (query: string, count: number) => server.gql(query, { ids: Array(count).fill(id) }, 'viewer');

  test.each([
    ['labels', again(times(2, 'labels { id }')), 100],
    ['labels with much of each', again(`labels { ${times(400, 'name')} }`), 1],
    [
      'labels with much of each in fragments',
      `${again('labels { ...A }')} fragment A on LabelAssignment { ... { ${times(400, 'name')} } }`,
      1,
    ],
    ['tags', again(times(30, 'tags')), 100],
  ])('%s end the answer', async (_, query, count) => {
    const { errors } = await ask(query, count);
    expect(new Set(errors?.map(({ extensions }) => extensions.code))).toEqual(new Set(['QUERY_TOO_LARGE']));
  });

  test('and so it is where the list is the answer itself', async () => {
    const { id: labelSetId } = (
      await server.data(
        'mutation ($labels: [LabelInput!]!) { createLabelSet(input: { name: "set", labels: $labels }) { labelSet { id } } }',
        { labels: Array.from({ length: 1_000 }, (_, i) => ({ name: `label ${i}` })) },
        'editor',
      )
    ).createLabelSet.labelSet;
    const query = `query ($id: ID!) { labelSet(id: $id) { ${times(1_000, 'labels { id }')} } }`;
    expect(await server.code(query, { id: labelSetId }, 'viewer')).toBe('QUERY_TOO_LARGE');
  });

  test('and where it is JSON', async () => {
    const tagsAny = Array.from({ length: 200 }, (_, i) => `tag ${i}`);
    const search = { query: 'boats', filter: { or: Array.from({ length: 60 }, () => ({ tagsAny })) } };
    const { id: searchId } = (
      await server.data(
        'mutation ($search: SearchInput!) { createSavedSearch(name: "many", search: $search) { savedSearch { id } } }',
        { search },
        'editor',
      )
    ).createSavedSearch.savedSearch;
    const query = (count: number) => `query ($id: ID!) { savedSearch(id: $id) { ${times(count, 'arguments')} } }`;
    expect((await server.data(query(10), { id: searchId }, 'viewer')).savedSearch.a9).toEqual(search);
    expect(await server.code(query(100), { id: searchId }, 'viewer')).toBe('QUERY_TOO_LARGE');
  });

  test('long ones are answered, and what is skipped of them counts for nothing', async () => {
    const query = `query ($ids: [ID!]!, $isSkipped: Boolean!) { assetsByIds(ids: $ids) {
      tags labels { id name state label { name } ... @skip(if: $isSkipped) { ${times(400, 'name')} } } } }`;
    const { assetsByIds } = await server.data(query, { ids: Array(40).fill(id), isSkipped: true }, 'viewer');
    expect(assetsByIds).toHaveLength(40);
    expect([assetsByIds[39].labels.length, assetsByIds[39].tags.length]).toEqual([1_000, 200]);
  });
});
