import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { PrismaClient } from '#dist/database/database.js';
import { describeOnEveryDatabase } from '../support/databases.js';
import { insertAsset } from '../support/rows.js';
import { startServer, type TestServer } from '../support/server.js';

const MAKE_EXCLUSIVE =
  'mutation ($id: ID!) { updateLabelSet(id: $id, input: { isExclusive: true }) { userErrors { code } } }';
const ACCEPT = `mutation ($labelSetId: ID!, $probability: Float!) { acceptAllAbove(labelSetId: $labelSetId, probability: $probability) {
  batchId acceptedCount remainingCount skippedCount userErrors { code } } }`;
const DECIDE = 'mutation ($decisions: [LabelDecision!]!) { reviewLabels(decisions: $decisions) { batchId } }';
const UNDO = 'mutation ($batchId: ID) { undoReview(batchId: $batchId) { undoneCount conflicts { labelId } } }';
const RESOLVE =
  'mutation ($keep: ID!, $trash: [ID!]!) { resolveDuplicates(keep: $keep, trash: $trash) { userErrors { code } } }';
const QUEUE =
  'query ($id: ID!) { reviewQueue(labelSetId: $id) { edges { node { asset { id } assignments { label { name } } } } } }';
const LABELS = 'query ($id: ID!) { asset(id: $id) { labels { name source state } } }';

const idOf = (last: string) => `00000000-0000-4000-8000-00000000000${last}`;
const [TIME, DECIDED, OPEN] = ['0', '1', '2'].map(idOf) as [string, string, string];
const [SHRINKING, HIDDEN, LEFT] = ['3', '4', '5'].map(idOf) as [string, string, string];
const [KEEPER, DUPLICATE, TAKEN_BACK, LISTED] = ['a', 'b', 'c', 'd'].map(idOf) as [string, string, string, string];
const NAMES = ['day', 'dusk', 'night'];

/** A set that is to become exclusive: one asset has an accepted label and suggestions of it, one suggestions alone. */
async function insertDecided(prisma: PrismaClient, libraryId: string): Promise<void> {
  for (const id of [DECIDED, OPEN]) await insertAsset(prisma, libraryId, { id, state: 'READY' });
  await prisma.labelSet.create({ data: { id: TIME, libraryId, name: 'Time', nameKey: 'time' } });
  const labelIds = NAMES.map(() => randomUUID());
  await prisma.label.createMany({
    data: NAMES.map((name, index) => ({
      id: labelIds[index]!,
      libraryId,
      labelSetId: TIME,
      name,
      nameKey: name,
    })),
  });
  const suggested = (assetId: string, label: number, probability: number) => ({
    assetId,
    labelId: labelIds[label]!,
    source: 'MODEL' as const,
    state: 'SUGGESTED' as const,
    probability,
    modelId: 'm',
  });
  await prisma.assetLabel.createMany({
    data: [
      { assetId: DECIDED, labelId: labelIds[0]!, source: 'HUMAN', state: 'ACCEPTED' },
      suggested(DECIDED, 1, 0.9),
      suggested(DECIDED, 2, 0.7),
      suggested(OPEN, 1, 0.8),
      suggested(OPEN, 2, 0.6),
    ],
  });
}

/** An exclusive set one label of which is still being taken off its assets. */
async function insertShrinking(prisma: PrismaClient, libraryId: string): Promise<void> {
  for (const id of [KEEPER, DUPLICATE, TAKEN_BACK, LISTED])
    await insertAsset(prisma, libraryId, { id, state: 'READY' });
  const set = { libraryId, labelSetId: SHRINKING };
  await prisma.labelSet.create({
    data: { id: SHRINKING, libraryId, name: 'Shrinking', nameKey: 'shrinking', isExclusive: true },
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
      { assetId: TAKEN_BACK, labelId: HIDDEN, ...accepted },
      ...[HIDDEN, LEFT].map((labelId) => ({ assetId: LISTED, labelId, ...suggested })),
    ],
  });
}

describeOnEveryDatabase('an exclusive set', (database) => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer({
      database,
      prepare: async (prisma, libraryId) => {
        await insertDecided(prisma, libraryId);
        await insertShrinking(prisma, libraryId);
      },
    });
    expect((await server.data(MAKE_EXCLUSIVE, { id: TIME })).updateLabelSet.userErrors).toEqual([]);
  });
  afterAll(() => server.close());

  const labelsOf = async (id: string) => (await server.data(LABELS, { id })).asset.labels;

  test('keeps what a person accepted, however many suggestions of it are accepted at once', async () => {
    const { acceptAllAbove } = await server.data(ACCEPT, { labelSetId: TIME, probability: 0.5 });
    expect(acceptAllAbove).toEqual({
      batchId: expect.any(String),
      acceptedCount: 1,
      remainingCount: 0,
      skippedCount: 2,
      userErrors: [],
    });
    expect(await labelsOf(OPEN)).toEqual([{ name: 'dusk', source: 'HUMAN', state: 'ACCEPTED' }]);
    expect(await labelsOf(DECIDED)).toEqual([
      { name: 'day', source: 'HUMAN', state: 'ACCEPTED' },
      { name: 'dusk', source: 'MODEL', state: 'SUGGESTED' },
      { name: 'night', source: 'MODEL', state: 'SUGGESTED' },
    ]);
    const again = (await server.data(ACCEPT, { labelSetId: TIME, probability: 0.8 })).acceptAllAbove;
    expect(again).toEqual({ batchId: null, acceptedCount: 0, remainingCount: 0, skippedCount: 1, userErrors: [] });
  });

  describe('one label of which is still being taken off many assets', () => {
    test('lists for review what is left of it', async () => {
      expect((await server.data(QUEUE, { id: SHRINKING })).reviewQueue.edges).toEqual([
        { node: { asset: { id: LISTED }, assignments: [{ label: { name: 'night' } }] } },
      ]);
    });

    test('has room for the label of a duplicate', async () => {
      expect((await server.data(RESOLVE, { keep: KEEPER, trash: [DUPLICATE] })).resolveDuplicates.userErrors).toEqual(
        [],
      );
      expect(await labelsOf(KEEPER)).toEqual([{ name: 'night', source: 'HUMAN', state: 'ACCEPTED' }]);
    });

    test('has room for a label that comes back', async () => {
      const decide = async (state: 'ACCEPTED' | 'REJECTED') =>
        (await server.data(DECIDE, { decisions: [{ assetId: TAKEN_BACK, labelId: LEFT, state }] })).reviewLabels;
      await decide('ACCEPTED');
      const { batchId } = await decide('REJECTED');
      expect((await server.data(UNDO, { batchId })).undoReview).toEqual({ undoneCount: 1, conflicts: [] });
      expect(await labelsOf(TAKEN_BACK)).toEqual([{ name: 'night', source: 'HUMAN', state: 'ACCEPTED' }]);
    });
  });
});
