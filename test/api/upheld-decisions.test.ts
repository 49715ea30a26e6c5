import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeOnEveryDatabase } from '../support/databases.js';
import { startSampleServer } from '../support/sample-server.js';
import type { TestServer } from '../support/server.js';

const CREATE = `mutation ($input: LabelSetInput!) { createLabelSet(input: $input) { labelSet { id labels { id name } } } }`;
const PROMPT = `mutation ($id: ID!, $prompts: [String!]!) {
  updateLabel(id: $id, input: { prompts: $prompts }) { userErrors { code } } }`;
const CLASSIFY = 'mutation ($id: ID!) { classifyAssets(labelSetId: $id) { userErrors { code } } }';
const DECIDE = `mutation ($decisions: [LabelDecision!]!) { reviewLabels(decisions: $decisions) {
  batchId outcomes { __typename ... on ReviewedLabel { revision } } } }`;
const QUEUE = 'query ($id: ID!) { reviewQueue(labelSetId: $id, order: DISAGREEMENT) { totalCount edges { cursor } } }';

describeOnEveryDatabase('the queue of what a model disagrees with', (database) => {
  let server: TestServer;
  let cat: string;
  beforeAll(async () => {
    const started = await startSampleServer(database, ['cat-face']);
    server = started.server;
    cat = started.ids.get('cat-face')!;
  });
  afterAll(() => server.close());

  const create = async (name: string, isExclusive: boolean) => {
    const input = { name, isExclusive, labels: [{ name: 'cat' }, { name: 'kite' }] };
    const { id, labels } = (await server.data(CREATE, { input })).createLabelSet.labelSet;
    const idOf = (label: string) => labels.find((each: { name: string }) => each.name === label).id as string;
    return { id: id as string, cat: idOf('cat'), kite: idOf('kite') };
  };
  const decide = async (labelId: string, state: string) =>
    (await server.data(DECIDE, { decisions: [{ assetId: cat, labelId, state }] })).reviewLabels;
  const classify = async (id: string) => {
    expect((await server.data(CLASSIFY, { id })).classifyAssets.userErrors).toEqual([]);
    await server.waitUntilProcessed();
  };
  const left = async (id: string) => {
    const { totalCount, edges } = (await server.data(QUEUE, { id })).reviewQueue;
    expect(edges).toHaveLength(totalCount);
    return totalCount as number;
  };
  const isUpheld = (revision: number) => ({ batchId: null, outcomes: [{ __typename: 'ReviewedLabel', revision }] });

  test('leaves out what is decided the same again, until a model comes to disagree anew', async () => {
    const set = await create('Alone', false);
    await decide(set.cat, 'REJECTED');
    await classify(set.id);
    expect(await left(set.id)).toBe(1);
    expect(await decide(set.cat, 'REJECTED')).toEqual(isUpheld(1));
    expect(await left(set.id)).toBe(0);
    const judge = async (prompt: string) => {
      await server.data(PROMPT, { id: set.cat, prompts: [prompt] });
      await classify(set.id);
    };
    await judge('a picture of a cat');
    expect(await left(set.id)).toBe(0);
    await judge('a photo of a kite in the sky');
    expect(await left(set.id)).toBe(0);
    await judge('a photo of a cat');
    expect(await left(set.id)).toBe(1);
  });

  test('leaves out with an accepted label of an exclusive set what was rejected for it', async () => {
    const set = await create('Exclusive', true);
    await classify(set.id);
    await decide(set.kite, 'ACCEPTED');
    await classify(set.id);
    expect(await left(set.id)).toBe(1);
    expect(await decide(set.kite, 'ACCEPTED')).toEqual(isUpheld(1));
    expect(await left(set.id)).toBe(0);
    await decide(set.kite, 'REJECTED');
    await decide(set.kite, 'ACCEPTED');
    expect(await left(set.id)).toBe(1);
  });
});
