import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeOnEveryDatabase } from '../support/databases.js';
import { insertAsset } from '../support/rows.js';
import { startServer, type TestServer } from '../support/server.js';

const DECIDE = 'mutation ($decisions: [LabelDecision!]!) { reviewLabels(decisions: $decisions) { batchId } }';
const UNDO = 'mutation ($batchId: ID) { undoReview(batchId: $batchId) { undoneCount conflicts { labelId } } }';
const RESOLVE =
  'mutation ($keep: ID!, $trash: [ID!]!) { resolveDuplicates(keep: $keep, trash: $trash) { userErrors { code } } }';
const QUEUE =
  'query ($id: ID!) { reviewQueue(labelSetId: $id) { edges { node { asset { id } assignments { label { name } } } } } }';
const LABELS = 'query ($id: ID!) { asset(id: $id) { labels { name state } } }';

const idOf = (last: string) => `00000000-0000-4000-8000-00000000000${last}`;
const [KEEPER, DUPLICATE, DECIDED, OPEN] = ['a', 'b', 'c', 'd'].map(idOf) as [string, string, string, string];
const [SET, HIDDEN, LEFT] = ['1', '2', '3'].map(idOf) as [string, string, string];

describeOnEveryDatabase('an exclusive set one label of which is still being taken off many assets', (database) => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer({
      database,
      prepare: async (prisma, libraryId) => {
        for (const id of [KEEPER, DUPLICATE, DECIDED, OPEN])
          await insertAsset(prisma, libraryId, { id, state: 'READY' });
        const set = { libraryId, labelSetId: SET };
        await prisma.labelSet.create({
          data: { id: SET, libraryId, name: 'Time', nameKey: 'time', isExclusive: true },
        });
        await prisma.label.createMany({
          data: [
            { id: HIDDEN, ...set, name: 'day', nameKey: 'day', deletedAt: new Date() },
            { id: LEFT, ...set, name: 'night', nameKey: 'night' },
          ],
        });
        const accepted = { source: 'HUMAN', state: 'ACCEPTED' } as const;
        const suggested = { source: 'MODEL', state: 'SUGGESTED', modelId: 'm', probability: 0.9 } as const;
        await prisma.assetLabel.createMany({
          data: [
            { assetId: KEEPER, labelId: HIDDEN, ...accepted },
            { assetId: DUPLICATE, labelId: LEFT, ...accepted },
            { assetId: DECIDED, labelId: HIDDEN, ...accepted },
            ...[HIDDEN, LEFT].map((labelId) => ({ assetId: OPEN, labelId, ...suggested })),
          ],
        });
      },
    });
  });
  afterAll(() => server.close());

  const labelsOf = async (id: string) => (await server.data(LABELS, { id })).asset.labels;

  test('lists for review what is left of it', async () => {
    expect((await server.data(QUEUE, { id: SET })).reviewQueue.edges).toEqual([
      { node: { asset: { id: OPEN }, assignments: [{ label: { name: 'night' } }] } },
    ]);
  });

  test('has room for the label of a duplicate', async () => {
    expect((await server.data(RESOLVE, { keep: KEEPER, trash: [DUPLICATE] })).resolveDuplicates.userErrors).toEqual([]);
    expect(await labelsOf(KEEPER)).toEqual([{ name: 'night', state: 'ACCEPTED' }]);
  });

  test('has room for a label that comes back', async () => {
    const decide = async (state: 'ACCEPTED' | 'REJECTED') =>
      (await server.data(DECIDE, { decisions: [{ assetId: DECIDED, labelId: LEFT, state }] })).reviewLabels;
    await decide('ACCEPTED');
    const { batchId } = await decide('REJECTED');
    expect((await server.data(UNDO, { batchId })).undoReview).toEqual({ undoneCount: 1, conflicts: [] });
    expect(await labelsOf(DECIDED)).toEqual([{ name: 'night', state: 'ACCEPTED' }]);
  });
});
