import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { emptyEmbeddedDatabase } from '../support/databases.js';
import { numberedPng } from '../support/pictures.js';
import { insertAsset } from '../support/rows.js';
import { startServer, type TestServer } from '../support/server.js';

const NOWHERE = '00000000-0000-4000-8000-000000000000';
const ERRORS = 'userErrors { message }';

/** What is wrong, and what the message calls it: an argument, or its place in a list. */
const REFUSED: readonly (readonly [mutation: string, argument: string])[] = [
  [`updateAsset(id: $nowhere, input: {}) { ${ERRORS} }`, 'id'],
  [`updateAssets(ids: [$asset, $nowhere], input: {}) { ${ERRORS} }`, 'ids[1]'],
  [`trashAssets(ids: [$asset, $nowhere]) { ${ERRORS} }`, 'ids[1]'],
  [`restoreAssets(ids: [$asset, $asset, $nowhere]) { ${ERRORS} }`, 'ids[2]'],
  [`retryAssets(ids: [$nowhere]) { ${ERRORS} }`, 'ids[0]'],
  [`deleteAssets(ids: [$nowhere]) { ${ERRORS} }`, 'ids[0]'],
  [`dismissDuplicates(ids: [$asset, $nowhere]) { ${ERRORS} }`, 'ids[1]'],
  [`resolveDuplicates(keep: $nowhere, trash: [$asset]) { ${ERRORS} }`, 'keep'],
  [`resolveDuplicates(keep: $asset, trash: [$nowhere]) { ${ERRORS} }`, 'trash[0]'],
  [`addToCollection(id: $collection, assetIds: [$asset, $nowhere]) { ${ERRORS} }`, 'assetIds[1]'],
  [`removeFromCollection(id: $collection, assetIds: [$nowhere]) { ${ERRORS} }`, 'assetIds[0]'],
  [
    `createCollection(input: { name: "x", query: { query: "x", unlike: [{ assetId: $asset }, { assetId: $nowhere }] } }) { ${ERRORS} }`,
    'unlike[1].assetId',
  ],
  [
    `createSavedSearch(name: "x", search: { query: "x", like: [{ assetId: $nowhere }] }) { ${ERRORS} }`,
    'like[0].assetId',
  ],
  [`addToCollection(id: $nowhere, assetIds: [$asset]) { ${ERRORS} }`, 'id'],
  [`addLabels(assetIds: [$asset, $nowhere], labels: ["a"]) { ${ERRORS} }`, 'assetIds[1]'],
  [`labelAssets(assetIds: [$nowhere], labels: ["a"]) { ${ERRORS} }`, 'assetIds[0]'],
  [`deleteLabelSet(id: $nowhere) { ${ERRORS} }`, 'id'],
  [`updateLabelSet(id: $nowhere, input: {}) { ${ERRORS} }`, 'id'],
  [`createLabels(labelSetId: $nowhere, labels: []) { ${ERRORS} }`, 'labelSetId'],
  [`updateLabel(id: $nowhere, input: {}) { ${ERRORS} }`, 'id'],
  [`deleteLabels(ids: [$label, $nowhere]) { ${ERRORS} }`, 'ids[1]'],
  [`mergeLabels(ids: [$label, $nowhere], intoId: $label) { ${ERRORS} }`, 'ids[1]'],
  [`mergeLabels(ids: [$label], intoId: $nowhere) { ${ERRORS} }`, 'intoId'],
  [`retryJobs(ids: [$nowhere]) { ${ERRORS} }`, 'ids[0]'],
  [`redeliver(ids: [$nowhere]) { ${ERRORS} }`, 'ids[0]'],
];

/** What cannot be done as it is asked for, with the whole message. */
const INVALID: readonly (readonly [operation: string, code: string, message: string])[] = [
  [
    '{ map(box: { south: 10, north: -10, west: 0, east: 1 }, zoom: 0) { totalCount } }',
    'INVALID_ARGUMENT',
    'expected south <= north for box, received 10 and -10',
  ],
  [
    '{ assets(filter: { box: { south: 10, north: -10, west: 0, east: 1 } }) { totalCount } }',
    'INVALID_FILTER',
    'expected south <= north for filter.box, received 10 and -10',
  ],
  [
    '{ assets(filter: { width: { min: 5, max: 3 } }) { totalCount } }',
    'INVALID_FILTER',
    'expected min <= max for filter.width, received 5 and 3',
  ],
  [
    '{ assets(filter: { capturedAt: { min: "2024-02-01T00:00:00Z", max: "2024-01-01T00:00:00Z" } }) { totalCount } }',
    'INVALID_FILTER',
    'expected min <= max for filter.capturedAt, received 2024-02-01T00:00:00.000Z and 2024-01-01T00:00:00.000Z',
  ],
  [
    'mutation { createLabelSet(input: { name: "round", labels: [{ name: "a", parent: "b" }, { name: "b", parent: "a" }] }) { labelSet { id } } }',
    'INVALID_ARGUMENT',
    'expected a label that is not below it for the parent of "a", received "b"',
  ],
  [
    'mutation { createLabelSet(input: { name: "lost", labels: [{ name: "a", parent: "c" }] }) { labelSet { id } } }',
    'INVALID_ARGUMENT',
    'expected a label of the same set for the parent of "a", received "c"',
  ],
];

/** What a page of one asset asks for, and what else may be gone by then. */
const PAGE = `query ($id: ID!, $gone: ID!) {
  asset(id: $id) { state }
  searchByText(query: "a cat", like: [{ assetId: $id }]) { edges { cursor } }
  similarImages(assetId: $id) { edges { cursor } }
  zeroShotClassify(assetId: $id, labels: ["a cat", "a dog"]) { label }
  ofNoSet: zeroShotClassify(assetId: $id, labelSetId: $gone) { label }
  labelHistory(assetId: $gone) { edges { cursor } }
  reviewQueue(labelSetId: $gone) { totalCount }
  webhookDeliveries(webhookId: $gone) { edges { cursor } } }`;

describe('an error', () => {
  const database = emptyEmbeddedDatabase();
  let server: TestServer;
  let variables: Readonly<Record<string, string>>;
  const unready = new Map<string, string>();
  beforeAll(async () => {
    server = await startServer({
      database,
      prepare: async (prisma, libraryId) => {
        for (const state of ['PENDING', 'FAILED'] as const)
          unready.set(state, await insertAsset(prisma, libraryId, { state }));
      },
    });
    const [asset] = await server.add([await numberedPng(1)]);
    const { createCollection, createLabelSet } = await server.data(`mutation {
      createCollection(input: { name: "a collection" }) { collection { id } }
      createLabelSet(input: { name: "a set", labels: [{ name: "a label" }] }) { labelSet { labels { id } } } }`);
    variables = {
      nowhere: NOWHERE,
      asset: asset!,
      collection: createCollection.collection.id,
      label: createLabelSet.labelSet.labels[0].id,
    };
  });
  afterAll(() => server.close());

  test.each(REFUSED)('of %s calls what is not there %s', async (mutation, argument) => {
    const used = Object.keys(variables).filter((name) => mutation.includes(`$${name}`));
    const document = `mutation (${used.map((name) => `$${name}: ID!`).join(', ')}) { result: ${mutation} }`;
    const { userErrors } = (await server.data(document, variables)).result;
    expect(userErrors).toHaveLength(1);
    expect(userErrors[0].message).toMatch(/^expected /);
    expect(userErrors[0].message).toContain(` for ${argument}, received "${NOWHERE}"`);
  });

  test.each(INVALID)('of %s says what it received', async (operation, code, message) => {
    expect((await server.gql(operation)).errors).toMatchObject([{ message, extensions: { code } }]);
  });

  test.each([
    ['PENDING', 'ASSET_NOT_READY'],
    ['FAILED', 'ASSET_FAILED'],
    ['gone', 'ASSET_NOT_FOUND'],
  ])('of an asset that is %s leaves all else answered', async (state, code) => {
    const gone = randomUUID();
    const { data, errors } = await server.gql(PAGE, { id: unready.get(state) ?? gone, gone });
    const codes = {
      searchByText: code,
      similarImages: code,
      zeroShotClassify: code,
      ofNoSet: 'LABEL_SET_NOT_FOUND',
      labelHistory: 'ASSET_NOT_FOUND',
      reviewQueue: 'LABEL_SET_NOT_FOUND',
      webhookDeliveries: 'WEBHOOK_NOT_FOUND',
    };
    const none = Object.fromEntries(Object.keys(codes).map((field) => [field, null]));
    expect(data).toEqual({ ...none, asset: unready.has(state) ? { state } : null });
    expect(Object.fromEntries(errors!.map(({ path, extensions }) => [path!.join(), extensions.code]))).toEqual(codes);
  });
});
