import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { insertAsset } from '../support/rows.js';
import { startServer, type TestServer } from '../support/server.js';

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

let server: TestServer;
const ids = new Map<string, string>();
beforeAll(async () => {
  server = await startServer({
    prepare: async (prisma, libraryId) => {
      for (const state of ['PENDING', 'FAILED'] as const)
        ids.set(state, await insertAsset(prisma, libraryId, { state }));
    },
  });
});
afterAll(() => server.close());

test.each([
  ['PENDING', 'ASSET_NOT_READY'],
  ['FAILED', 'ASSET_FAILED'],
  ['gone', 'ASSET_NOT_FOUND'],
])('of one that is %s all else is answered', async (state, code) => {
  const gone = randomUUID();
  const { data, errors } = await server.gql(PAGE, { id: ids.get(state) ?? gone, gone });
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
  expect(data).toEqual({ ...none, asset: ids.has(state) ? { state } : null });
  expect(Object.fromEntries(errors!.map(({ path, extensions }) => [path!.join(), extensions.code]))).toEqual(codes);
});
