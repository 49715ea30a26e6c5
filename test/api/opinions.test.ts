import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { describeOnEveryDatabase } from '../support/databases.js';
import { startSampleServer } from '../support/sample-server.js';
import type { TestServer } from '../support/server.js';

const CREATE = `mutation ($input: LabelSetInput!) { createLabelSet(input: $input) { labelSet { id labels { id name } } } }`;
const DECIDE = `mutation ($decisions: [LabelDecision!]!) { reviewLabels(decisions: $decisions) {
  batchId outcomes { __typename ... on ReviewedLabel { revision } } } }`;
const LISTEN = `mutation {
  createWebhook(url: "http://127.0.0.1:9/", events: [LABELS_CHANGED]) { webhook { id } } }`;
const CLASSIFY =
  'mutation ($id: ID!, $threshold: Float, $filter: AssetFilter) { classifyAssets(labelSetId: $id, threshold: $threshold, filter: $filter) { userErrors { code } } }';
const PROMPT = `mutation ($id: ID!, $prompts: [String!]!) {
  updateLabel(id: $id, input: { prompts: $prompts }) { userErrors { code } } }`;
const ACCEPT = 'mutation ($id: ID!) { acceptAllAbove(labelSetId: $id, probability: 0.5) { acceptedCount } }';
const UNDO = 'mutation { undoReview { undoneCount conflicts { labelId } } }';
const LABELS = 'query ($id: ID!) { asset(id: $id) { labels { name state probability } } }';
const REVISIONS = 'query ($id: ID!) { asset(id: $id) { labels { name state probability revision } } }';
const HISTORY = 'query ($id: ID!) { labelHistory(assetId: $id) { edges { node { labelName } } } }';
const QUEUE = 'query ($id: ID!) { reviewQueue(labelSetId: $id, order: DISAGREEMENT) { totalCount edges { cursor } } }';
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

  const create = async (name: string, labels: readonly string[], isExclusive = false) => {
    const input = { name, isExclusive, labels: labels.map((label) => ({ name: label })) };
    const set = (await server.data(CREATE, { input })).createLabelSet.labelSet;
    const idOf = (label: string) => set.labels.find((each: { name: string }) => each.name === label).id as string;
    return { id: set.id as string, idOf };
  };
  const decide = async (labelId: string, state: string) =>
    (await server.data(DECIDE, { decisions: [{ assetId: cat, labelId, state }] })).reviewLabels;
  const classify = async (id: string, more: { threshold?: number; filter?: object } = {}) => {
    expect((await server.data(CLASSIFY, { id, ...more })).classifyAssets.userErrors).toEqual([]);
    await server.waitUntilProcessed();
  };
  const judge = async (id: string, labelId: string, prompt: string, threshold?: number) => {
    await server.data(PROMPT, { id: labelId, prompts: [prompt] });
    await classify(id, threshold === undefined ? {} : { threshold });
  };

  describe('is queued where it disagrees:', () => {
    const left = async (id: string) => {
      const { totalCount, edges } = (await server.data(QUEUE, { id })).reviewQueue;
      expect(edges).toHaveLength(totalCount);
      return totalCount as number;
    };
    const isUpheld = (revision: number) => ({ batchId: null, outcomes: [{ __typename: 'ReviewedLabel', revision }] });

    test('but for what is decided the same again, until a model comes to disagree anew', async () => {
      const { id, idOf } = await create('Alone', ['cat', 'kite']);
      await decide(idOf('cat'), 'REJECTED');
      await classify(id);
      expect(await left(id)).toBe(1);
      expect(await decide(idOf('cat'), 'REJECTED')).toEqual(isUpheld(1));
      expect(await left(id)).toBe(0);
      await judge(id, idOf('cat'), 'a picture of a cat');
      expect(await left(id)).toBe(0);
      await judge(id, idOf('cat'), 'a photo of a kite in the sky');
      expect(await left(id)).toBe(0);
      await judge(id, idOf('cat'), 'a photo of a cat');
      expect(await left(id)).toBe(1);
    });

    test('but for what was rejected for an accepted label of an exclusive set', async () => {
      const { id, idOf } = await create('Exclusive', ['cat', 'kite'], true);
      await classify(id);
      await decide(idOf('kite'), 'ACCEPTED');
      await classify(id);
      expect(await left(id)).toBe(1);
      expect(await decide(idOf('kite'), 'ACCEPTED')).toEqual(isUpheld(1));
      expect(await left(id)).toBe(0);
      await decide(idOf('kite'), 'REJECTED');
      await decide(idOf('kite'), 'ACCEPTED');
      expect(await left(id)).toBe(1);
    });
  });

  test('is what an undo goes by: no suggestion comes back that it would not make any more', async () => {
    const { id, idOf } = await create('Pets', ['kitten']);
    const kittenId = idOf('kitten');
    const think = (prompt: string, threshold?: number) => judge(id, kittenId, prompt, threshold);
    const kitten = async () =>
      (await server.data(LABELS, { id: cat })).asset.labels.filter(({ name }: { name: string }) => name === 'kitten');
    const accept = async () => (await server.data(ACCEPT, { id })).acceptAllAbove.acceptedCount as number;
    const undo = async () => (await server.data(UNDO)).undoReview;
    const isUndone = { undoneCount: 1, conflicts: [] };

    await think('a photo of a cat');
    const [surest] = await kitten();
    expect(await accept()).toBe(1);
    await think('a photo of a kite in the sky');
    await decide(kittenId, 'REJECTED');
    expect(await undo()).toEqual(isUndone);
    const [accepted] = await kitten();
    expect(accepted).toMatchObject({ state: 'ACCEPTED', probability: expect.any(Number) });
    expect(accepted.probability).toBeLessThan(0.5);
    expect(await undo()).toEqual(isUndone);
    expect(await kitten()).toEqual([]);

    await think('a photo of a cat');
    expect(await accept()).toBe(1);
    await think('a photo of a kite in the sky', 0);
    expect(await undo()).toEqual(isUndone);
    expect(await kitten()).toEqual([{ ...accepted, state: 'SUGGESTED' }]);
    expect(await accept()).toBe(0);

    // A run that looks at other pictures says nothing of this one.
    await decide(kittenId, 'ACCEPTED');
    await think('a photo of a cat', 0);
    await classify(id, { threshold: 1, filter: { labelsAny: ['of no picture'] } });
    expect(await undo()).toEqual(isUndone);
    expect(await kitten()).toEqual([
      { name: 'kitten', state: 'SUGGESTED', probability: expect.closeTo(surest.probability, 6) },
    ]);
  });

  test('is no change of what it suggests still: who saw that decides of it, and nobody is told', async () => {
    const { id, idOf } = await create('Animals', ['feline']);
    const labelId = idOf('feline');
    const suggested = async () =>
      (await server.data(REVISIONS, { id: cat })).asset.labels.find((each: { name: string }) => each.name === 'feline');
    await judge(id, labelId, 'a photo of a cat');
    const seen = await suggested();
    const { webhook } = (await server.data(LISTEN)).createWebhook;
    await judge(id, labelId, 'a picture of a kitten', 0);
    const now = await suggested();
    expect(now).toEqual({ ...seen, probability: expect.any(Number) });
    expect(now.probability).not.toBeCloseTo(seen.probability, 3);
    expect((await server.data(TOLD, { id: webhook.id })).webhookDeliveries.edges).toEqual([]);
    const { edges } = (await server.data(HISTORY, { id: cat })).labelHistory;
    expect(edges.filter(({ node }: { node: { labelName: string } }) => node.labelName === 'feline')).toHaveLength(1);
    const decisions = [{ assetId: cat, labelId, state: 'ACCEPTED', expectedRevision: seen.revision }];
    expect((await server.data(DECIDE, { decisions })).reviewLabels.outcomes).toEqual([
      { __typename: 'ReviewedLabel', revision: seen.revision + 1 },
    ]);
  });

  test('is noted without a word to webhooks, and without writing the words of the picture anew', async () => {
    const { id, idOf } = await create('Contents', ['cat', 'kite']);
    await decide(idOf('cat'), 'ACCEPTED');
    const { webhook } = (await server.data(LISTEN)).createWebhook;
    const told = async () => (await server.data(TOLD, { id: webhook.id })).webhookDeliveries.edges;
    await classify(id);
    expect(await told()).toEqual([]);
    await decide(idOf('kite'), 'REJECTED');
    expect(await told()).toEqual([{ node: { event: 'LABELS_CHANGED' } }]);
    await server.closeAndRead(async (prisma) => {
      const rows = await prisma.$queryRaw`
        SELECT probability IS NOT NULL AS "isNoted", asset_label.xmin = asset_text.xmin AS "isWrittenAnew"
        FROM asset_label JOIN asset_text USING (asset_id) WHERE label_id = ${idOf('cat')}::uuid AND state = 'ACCEPTED'`;
      expect(rows).toEqual([{ isNoted: true, isWrittenAnew: false }]);
    });
  });
});
