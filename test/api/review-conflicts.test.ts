import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeOnEveryDatabase } from '../support/databases.js';
import { insertAsset } from '../support/rows.js';
import { startServer, type TestServer } from '../support/server.js';

const CREATE = `mutation ($input: LabelSetInput!) { createLabelSet(input: $input) { labelSet { id labels { id name } } } }`;
const DECIDE = `mutation ($decisions: [LabelDecision!]!) { reviewLabels(decisions: $decisions) { batchId outcomes { __typename
  ... on ReviewedLabel { labelId revision }
  ... on ReviewConflict { labelId currentState currentRevision otherLabelId } } } }`;
const UNDO = `mutation ($batchId: ID!) { undoReview(batchId: $batchId) { undoneCount conflicts { labelId otherLabelId } } }`;
const LABELS = 'query ($id: ID!) { asset(id: $id) { labels { name state } } }';

type Decided = readonly [labelId: string, state: string, expectedRevision?: number];

describeOnEveryDatabase('labellers who decide of an exclusive set at once', (database) => {
  let server: TestServer;
  let shirt: string;
  let dress: string;
  const pictures: string[] = [];
  beforeAll(async () => {
    server = await startServer({
      database,
      keys: { anna: { role: 'EDITOR' }, ben: { role: 'LABELLER' } },
      prepare: async (prisma, libraryId) => {
        for (let count = 0; count < 10; count++) pictures.push(await insertAsset(prisma, libraryId));
      },
    });
    const input = { name: 'Clothes', isExclusive: true, labels: [{ name: 'dress' }, { name: 'shirt' }] };
    const { labels } = (await server.data(CREATE, { input }, 'anna')).createLabelSet.labelSet;
    [dress, shirt] = labels
      .toSorted((a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1))
      .map(({ id }: { id: string }) => id);
  });
  afterAll(() => server.close());

  const decide = async (key: string, assetId: string, ...decided: Decided[]) => {
    const decisions = decided.map(([labelId, state, expectedRevision]) => ({
      assetId,
      labelId,
      state,
      ...(expectedRevision !== undefined && { expectedRevision }),
    }));
    return (await server.data(DECIDE, { decisions }, key)).reviewLabels;
  };
  const labelsOf = async (id: string) => (await server.data(LABELS, { id }, 'anna')).asset.labels;
  /** One that anna has accepted the shirt of. */
  const picture = async () => {
    const assetId = pictures.pop()!;
    await decide('anna', assetId, [shirt, 'ACCEPTED', 0]);
    return assetId;
  };
  const shirtStays = {
    __typename: 'ReviewConflict',
    labelId: expect.any(String),
    currentState: 'ACCEPTED',
    currentRevision: 1,
  };
  const noDress = { __typename: 'ReviewConflict', currentState: null, currentRevision: 0 };

  test.each([0, undefined])(
    'reject no label that they decide of in vain in the same call (expected revision: %s)',
    async (expectedRevision) => {
      const assetId = await picture();
      expect(await decide('ben', assetId, [shirt, 'REJECTED', 0], [dress, 'ACCEPTED', expectedRevision])).toEqual({
        batchId: null,
        outcomes: [
          { ...shirtStays, labelId: shirt, otherLabelId: null },
          { ...noDress, labelId: dress, otherLabelId: shirt },
        ],
      });
      expect(await labelsOf(assetId)).toEqual([{ name: 'shirt', state: 'ACCEPTED' }]);
    },
  );

  test('are told that another was accepted, and replace it by naming it', async () => {
    const assetId = await picture();
    expect(await decide('ben', assetId, [dress, 'ACCEPTED', 0])).toEqual({
      batchId: null,
      outcomes: [{ ...noDress, labelId: dress, otherLabelId: shirt }],
    });
    const { outcomes } = await decide('ben', assetId, [shirt, 'REJECTED', 1], [dress, 'ACCEPTED', 0]);
    expect(outcomes).toEqual([
      { __typename: 'ReviewedLabel', labelId: shirt, revision: 2 },
      { __typename: 'ReviewedLabel', labelId: dress, revision: 1 },
    ]);
    expect(await labelsOf(assetId)).toEqual([{ name: 'dress', state: 'ACCEPTED' }]);
  });

  test('replace what they reject in the same call, whatever its revision', async () => {
    const assetId = await picture();
    const { outcomes } = await decide('ben', assetId, [shirt, 'REJECTED'], [dress, 'ACCEPTED', 0]);
    expect(outcomes.map((outcome: { __typename: string }) => outcome.__typename)).toEqual([
      'ReviewedLabel',
      'ReviewedLabel',
    ]);
    expect(await labelsOf(assetId)).toEqual([{ name: 'dress', state: 'ACCEPTED' }]);
  });

  test('replace what they accepted themselves, and anything where they expect nothing', async () => {
    for (const [key, revision] of [
      ['anna', 0],
      ['ben', undefined],
    ] as const) {
      const assetId = await picture();
      const { outcomes } = await decide(key, assetId, [dress, 'ACCEPTED', revision]);
      expect(outcomes).toEqual([{ __typename: 'ReviewedLabel', labelId: dress, revision: 1 }]);
      expect(await labelsOf(assetId)).toEqual([{ name: 'dress', state: 'ACCEPTED' }]);
    }
  });

  test('who accept two at once are told of both, and all else is done', async () => {
    const [contradicted, other] = [await picture(), await picture()];
    const decisions = [
      [contradicted, shirt],
      [other, dress],
      [contradicted, dress],
    ].map(([assetId, labelId]) => ({ assetId, labelId, state: 'ACCEPTED' }));
    expect((await server.data(DECIDE, { decisions }, 'ben')).reviewLabels).toEqual({
      batchId: expect.any(String),
      outcomes: [
        { ...shirtStays, labelId: shirt, otherLabelId: dress },
        { __typename: 'ReviewedLabel', labelId: dress, revision: 1 },
        { ...noDress, labelId: dress, otherLabelId: shirt },
      ],
    });
    expect(await labelsOf(contradicted)).toEqual([{ name: 'shirt', state: 'ACCEPTED' }]);
    expect(await labelsOf(other)).toEqual([{ name: 'dress', state: 'ACCEPTED' }]);
  });

  test('are told what an undo would put beside another', async () => {
    const assetId = await picture();
    const { batchId } = await decide('anna', assetId, [shirt, 'REJECTED']);
    await decide('ben', assetId, [dress, 'ACCEPTED']);
    expect((await server.data(UNDO, { batchId }, 'anna')).undoReview).toEqual({
      undoneCount: 0,
      conflicts: [{ labelId: shirt, otherLabelId: dress }],
    });
  });
});
