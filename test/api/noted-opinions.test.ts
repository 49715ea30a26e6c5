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
const CLASSIFY =
  'mutation ($id: ID!, $threshold: Float, $filter: AssetFilter) { classifyAssets(labelSetId: $id, threshold: $threshold, filter: $filter) { userErrors { code } } }';
const CREATE_OTHER =
  'mutation { createLabelSet(input: { name: "Pets", labels: [{ name: "kitten" }] }) { labelSet { id labels { id } } } }';
const PROMPT = `mutation ($id: ID!, $prompts: [String!]!) {
  updateLabel(id: $id, input: { prompts: $prompts }) { userErrors { code } } }`;
const ACCEPT = 'mutation ($id: ID!) { acceptAllAbove(labelSetId: $id, probability: 0.5) { acceptedCount } }';
const UNDO = 'mutation { undoReview { undoneCount conflicts { labelId } } }';
const LABELS = 'query ($id: ID!) { asset(id: $id) { labels { name state probability } } }';
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

  test('is what an undo goes by: no suggestion comes back that it would not make any more', async () => {
    const { id, labels } = (await server.data(CREATE_OTHER)).createLabelSet.labelSet;
    const classify = async (prompt: string, threshold: number | null = null) => {
      await server.data(PROMPT, { id: labels[0].id, prompts: [prompt] });
      expect((await server.data(CLASSIFY, { id, threshold })).classifyAssets.userErrors).toEqual([]);
      await server.waitUntilProcessed();
    };
    const kitten = async () =>
      (await server.data(LABELS, { id: cat })).asset.labels.filter(({ name }: { name: string }) => name === 'kitten');
    const accept = async () => (await server.data(ACCEPT, { id })).acceptAllAbove.acceptedCount as number;
    const undo = async () => (await server.data(UNDO)).undoReview;
    const isUndone = { undoneCount: 1, conflicts: [] };

    await classify('a photo of a cat');
    const [surest] = await kitten();
    expect(await accept()).toBe(1);
    await classify('a photo of a kite in the sky');
    await server.data(DECIDE, { decisions: [{ assetId: cat, labelId: labels[0].id, state: 'REJECTED' }] });
    expect(await undo()).toEqual(isUndone);
    const [accepted] = await kitten();
    expect(accepted).toMatchObject({ state: 'ACCEPTED', probability: expect.any(Number) });
    expect(accepted.probability).toBeLessThan(0.5);
    expect(await undo()).toEqual(isUndone);
    expect(await kitten()).toEqual([]);

    await classify('a photo of a cat');
    expect(await accept()).toBe(1);
    await classify('a photo of a kite in the sky', 0);
    expect(await undo()).toEqual(isUndone);
    expect(await kitten()).toEqual([{ ...accepted, state: 'SUGGESTED' }]);
    expect(await accept()).toBe(0);

    // A run that looks at other pictures says nothing of this one.
    await server.data(DECIDE, { decisions: [{ assetId: cat, labelId: labels[0].id, state: 'ACCEPTED' }] });
    await classify('a photo of a cat', 0);
    await server.data(CLASSIFY, { id, threshold: 1, filter: { labelsAny: ['of no picture'] } });
    await server.waitUntilProcessed();
    expect(await undo()).toEqual(isUndone);
    expect(await kitten()).toEqual([
      { name: 'kitten', state: 'SUGGESTED', probability: expect.closeTo(surest.probability, 6) },
    ]);
  });

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
