import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeOnEveryDatabase } from '../support/databases.js';
import { insertAsset } from '../support/rows.js';
import { startServer, type TestServer } from '../support/server.js';

const MAKE_EXCLUSIVE =
  'mutation ($id: ID!) { updateLabelSet(id: $id, input: { isExclusive: true }) { userErrors { code } } }';
const ACCEPT = `mutation ($labelSetId: ID!, $probability: Float!) { acceptAllAbove(labelSetId: $labelSetId, probability: $probability) {
  batchId acceptedCount remainingCount skippedCount userErrors { code } } }`;
const LABELS = 'query ($id: ID!) { asset(id: $id) { labels { name source state } } }';

const NAMES = ['day', 'dusk', 'night'];
const [DECIDED, OPEN] = ['00000000-0000-4000-8000-00000000000a', '00000000-0000-4000-8000-00000000000b'];

describeOnEveryDatabase('an exclusive set', (database) => {
  let server: TestServer;
  let setId: string;
  beforeAll(async () => {
    server = await startServer({
      database,
      prepare: async (prisma, libraryId) => {
        for (const id of [DECIDED, OPEN]) await insertAsset(prisma, libraryId, { id, state: 'READY' });
        setId = '00000000-0000-4000-8000-00000000000c';
        await prisma.labelSet.create({ data: { id: setId, libraryId, name: 'Time', nameKey: 'time' } });
        const labelIds = NAMES.map((_, index) => `00000000-0000-4000-8000-0000000000${index + 10}`);
        await prisma.label.createMany({
          data: NAMES.map((name, index) => ({
            id: labelIds[index]!,
            libraryId,
            labelSetId: setId,
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
      },
    });
    expect((await server.data(MAKE_EXCLUSIVE, { id: setId })).updateLabelSet.userErrors).toEqual([]);
  });
  afterAll(() => server.close());

  const labelsOf = async (id: string) => (await server.data(LABELS, { id })).asset.labels;

  test('keeps what a person accepted, however many suggestions of it are accepted at once', async () => {
    const { acceptAllAbove } = await server.data(ACCEPT, { labelSetId: setId, probability: 0.5 });
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
    const again = (await server.data(ACCEPT, { labelSetId: setId, probability: 0.8 })).acceptAllAbove;
    expect(again).toEqual({ batchId: null, acceptedCount: 0, remainingCount: 0, skippedCount: 1, userErrors: [] });
  });
});
