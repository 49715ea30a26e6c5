import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeOnEveryDatabase } from '../support/databases.js';
import { startSampleServer } from '../support/sample-server.js';
import type { TestServer } from '../support/server.js';

const CREATE = `mutation {
  createLabelSet(input: { name: "Contents", labels: [{ name: "cat" }, { name: "kite" }] }) { labelSet { id labels { id } } } }`;
const DECIDE =
  'mutation ($decisions: [LabelDecision!]!) { reviewLabels(decisions: $decisions) { outcomes { __typename } } }';
const LISTEN = `mutation {
  createWebhook(url: "http://127.0.0.1:9/", events: [LABELS_CHANGED]) { webhook { id } } }`;
const CLASSIFY = 'mutation ($id: ID!) { classifyAssets(labelSetId: $id) { userErrors { code } } }';
const TOLD = 'query ($id: ID!) { webhookDeliveries(webhookId: $id) { edges { node { event } } } }';

describeOnEveryDatabase('what a model thinks of decisions', (database) => {
  let server: TestServer;
  let cat: string;
  beforeAll(async () => {
    const started = await startSampleServer(database, ['cat-face']);
    server = started.server;
    cat = started.ids.get('cat-face')!;
  });
  afterAll(() => server.close());

  test('is noted without a word to webhooks, and without writing the words of the picture anew', async () => {
    const { id, labels } = (await server.data(CREATE)).createLabelSet.labelSet;
    const decide = (index: number, state: string) =>
      server.data(DECIDE, { decisions: [{ assetId: cat, labelId: labels[index].id, state }] });
    await decide(0, 'ACCEPTED');
    const { webhook } = (await server.data(LISTEN)).createWebhook;
    const told = async () => (await server.data(TOLD, { id: webhook.id })).webhookDeliveries.edges;
    expect((await server.data(CLASSIFY, { id })).classifyAssets.userErrors).toEqual([]);
    await server.waitUntilProcessed();
    expect(await told()).toEqual([]);
    await decide(1, 'REJECTED');
    expect(await told()).toEqual([{ node: { event: 'LABELS_CHANGED' } }]);
    await server.closeAndRead(async (prisma) => {
      const rows = await prisma.$queryRaw`
        SELECT probability IS NOT NULL AS "isNoted", asset_label.xmin = asset_text.xmin AS "isWrittenAnew"
        FROM asset_label JOIN asset_text USING (asset_id) WHERE state = 'ACCEPTED'`;
      expect(rows).toEqual([{ isNoted: true, isWrittenAnew: false }]);
    });
  });
});
