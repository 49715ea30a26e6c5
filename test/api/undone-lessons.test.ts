import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeOnEveryDatabase } from '../support/databases.js';
import { numberedPng } from '../support/pictures.js';
import { startServer, type TestServer } from '../support/server.js';

const CREATE = `mutation ($input: LabelSetInput!) { createLabelSet(input: $input) { labelSet { id labels { id name } } } }`;
const CLASSIFY = 'mutation ($id: ID!) { classifyAssets(labelSetId: $id, threshold: 0.5) { userErrors { code } } }';
const DECIDE = 'mutation ($decisions: [LabelDecision!]!) { reviewLabels(decisions: $decisions) { batchId } }';
const TRAIN = 'mutation ($id: ID!) { trainLabelSet(labelSetId: $id) { head { state } userErrors { code } } }';
const UNDO = 'mutation ($batchId: ID!) { undoReview(batchId: $batchId) { conflicts { labelId } } }';
const LABELS = 'query ($id: ID!) { asset(id: $id) { labels { name source state probability } } }';

/** Of each of two colours. */
const OF_EACH = 8;

describeOnEveryDatabase('decisions that a set has learned from', (database) => {
  let server: TestServer;
  let pictures: string[];
  beforeAll(async () => {
    server = await startServer({ database });
    const numbers = (from: number, step: number) => Array.from({ length: OF_EACH }, (_, index) => from + step * index);
    const all = [...numbers(0xe000, 0x0100), ...numbers(0x00d0, 1)].map((number) => numberedPng(number));
    pictures = await server.add(await Promise.all(all));
  });
  afterAll(() => server.close());

  test('leave all suggestions as they were when they are taken back, whatever it thinks by then', async () => {
    const input = { name: 'Series', isExclusive: true, labels: [{ name: 'green' }, { name: 'pink' }] };
    const { id, labels } = (await server.data(CREATE, { input })).createLabelSet.labelSet;
    const idOf = (name: string) => labels.find((label: { name: string }) => label.name === name).id as string;
    const classify = async () => {
      expect((await server.data(CLASSIFY, { id })).classifyAssets.userErrors).toEqual([]);
      await server.waitUntilProcessed();
    };
    const suggestions = () =>
      Promise.all(pictures.map(async (each) => (await server.data(LABELS, { id: each })).asset.labels));

    await classify();
    const before = await suggestions();
    expect(before.flat()).toHaveLength(pictures.length);
    const decisions = pictures.map((assetId, index) => {
      const labelId = idOf(index < OF_EACH ? 'green' : 'pink');
      return { assetId, labelId, state: 'ACCEPTED' };
    });
    const { batchId } = (await server.data(DECIDE, { decisions })).reviewLabels;
    expect((await server.data(TRAIN, { id })).trainLabelSet).toEqual({ head: { state: 'ACTIVE' }, userErrors: [] });
    await classify();
    expect((await server.data(UNDO, { batchId })).undoReview).toEqual({ conflicts: [] });
    expect(await suggestions()).toEqual(before);
  });
});
