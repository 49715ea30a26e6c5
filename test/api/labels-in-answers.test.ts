import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { insertLabelled, type InsertedLabel } from '../support/label-rows.js';
import { insertAsset } from '../support/rows.js';
import { startServer, type TestServer } from '../support/server.js';

const LABELS = 'id labels { id state revision label { id name colour } }';
const CREATE = `mutation ($input: LabelSetInput!) {
  createLabelSet(input: $input) { labelSet { labels { id name } } } }`;
const DECIDE = `mutation ($decisions: [LabelDecision!]!) {
  reviewLabels(decisions: $decisions) { batchId outcomes { __typename } assets { ${LABELS} } } }`;
const UNDO = `mutation ($batchId: ID!) {
  undoReview(batchId: $batchId) { undoneCount conflicts { assetId } assets { ${LABELS} } } }`;
const ACCEPT = `mutation ($labelSetId: ID!) {
  acceptAllAbove(labelSetId: $labelSetId, probability: 0.5) { batchId acceptedCount } }`;
const NOWHERE = '00000000-0000-4000-8000-000000000000';
const ASSET = `query ($id: ID!) { asset(id: $id) { ${LABELS} } }`;

/** Clients that keep what they have read show no more of a change than its answer says. */
describe('the answer to a change of labels', () => {
  let server: TestServer;
  let many: InsertedLabel;
  const pictures: string[] = [];
  const labelIds = new Map<string, string>();
  beforeAll(async () => {
    server = await startServer({
      prepare: async (prisma, libraryId) => {
        for (let count = 0; count < 2; count++) pictures.push(await insertAsset(prisma, libraryId));
        many = await insertLabelled(prisma, libraryId, { name: 'fog', count: 1_001 });
        await prisma.assetLabel.updateMany({ data: { source: 'MODEL', state: 'SUGGESTED', probability: 0.9 } });
      },
    });
    const labels = [{ name: 'dress', colour: '#ff0000' }, { name: 'shirt' }];
    const { createLabelSet } = await server.data(CREATE, { input: { name: 'Clothes', isExclusive: true, labels } });
    for (const { id, name } of createLabelSet.labelSet.labels) labelIds.set(name, id);
  });
  afterAll(() => server.close());

  const decide = async (names: string[], assetIds: string[], expectedRevision?: number) => {
    const decisions = assetIds.flatMap((assetId) =>
      names.map((name) => ({ assetId, labelId: labelIds.get(name)!, state: 'ACCEPTED', expectedRevision })),
    );
    return (await server.data(DECIDE, { decisions })).reviewLabels;
  };
  const read = async (id: string) => (await server.data(ASSET, { id })).asset;
  const assigned = (name: string, assetId: string, more: object) => ({
    id: `${assetId}:${labelIds.get(name)}`,
    state: 'ACCEPTED',
    label: { id: labelIds.get(name), name, colour: name === 'dress' ? '#ff0000' : null },
    ...more,
  });

  test('has the assets as they are then, with what gave way and what comes back', async () => {
    const [one, two] = pictures as [string, string];
    const shirts = await decide(['shirt'], [one, two]);
    expect(shirts.assets).toEqual([{ id: one, labels: [assigned('shirt', one, { revision: 1 })] }, await read(two)]);

    const { batchId, assets: dressed } = await decide(['dress'], [one, NOWHERE]);
    expect(dressed).toEqual([{ id: one, labels: [assigned('dress', one, { revision: 1 })] }]);
    const stale = await decide(['shirt'], [one], 1);
    expect(stale).toEqual({ batchId: null, outcomes: [{ __typename: 'ReviewConflict' }], assets: dressed });
    const stays = (await server.data(UNDO, { batchId: shirts.batchId })).undoReview;
    expect(stays).toMatchObject({ undoneCount: 1, conflicts: [{ assetId: one }] });
    expect(new Set(stays.assets)).toEqual(new Set([...dressed, { id: two, labels: [] }]));

    const back = { id: one, labels: [assigned('shirt', one, { revision: 3 })] };
    const undone = { undoneCount: 2, conflicts: [], assets: [back] };
    expect((await server.data(UNDO, { batchId })).undoReview).toEqual(undone);
  });

  test('has each of them once, however many labels it is about', async () => {
    const [one] = pictures as [string];
    const { outcomes, assets } = await decide(['dress', 'shirt'], [one]);
    expect(outcomes).toEqual([{ __typename: 'ReviewConflict' }, { __typename: 'ReviewConflict' }]);
    expect(assets).toEqual([await read(one)]);
  });

  test('says of an undo of more than 1,000 assets that they are to be read anew', async () => {
    const { acceptAllAbove } = await server.data(ACCEPT, { labelSetId: many.setId });
    expect(acceptAllAbove.acceptedCount).toBe(1_001);
    const { undoReview } = await server.data(UNDO, { batchId: acceptAllAbove.batchId });
    expect(undoReview).toEqual({ undoneCount: 1_001, conflicts: [], assets: null });
  });
});
