import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeOnEveryDatabase } from '../support/databases.js';
import { insertAsset } from '../support/rows.js';
import { startServer, type TestServer } from '../support/server.js';

const CREATE = `mutation ($input: LabelSetInput!) { createLabelSet(input: $input) { labelSet { id labels { id name } } } }`;
const DECIDE = `mutation ($decisions: [LabelDecision!]!) { reviewLabels(decisions: $decisions) { batchId } }`;
const CHANGE = (field: string) => `mutation ($assetIds: [ID!]!, $labels: [String!]!) {
  ${field}(assetIds: $assetIds, labels: $labels) { userErrors { code } } }`;
const UNDO = `mutation ($batchId: ID) { undoReview(batchId: $batchId) {
  batchId undoneCount conflicts { assetId labelId currentState currentRevision } userErrors { code } } }`;
const SAID = 'mutation { undoReview { userErrors { message } } }';
const HISTORY = `query ($assetId: ID!) { labelHistory(assetId: $assetId) { edges { node { kind labelName state byId } } } }`;
const DELETE_LABELS = 'mutation ($ids: [ID!]!) { deleteLabels(ids: $ids) { userErrors { code } } }';
const DELETE_SET = 'mutation ($id: ID!) { deleteLabelSet(id: $id) { userErrors { code } } }';
const MERGE = 'mutation ($ids: [ID!]!, $into: ID!) { mergeLabels(ids: $ids, intoId: $into) { userErrors { code } } }';
const UPDATE = `mutation ($id: ID!, $input: LabelPatch!) {
  updateLabel(id: $id, input: $input) { userErrors { code } } }`;
const LABELS = 'query ($id: ID!) { asset(id: $id) { labels { name state } } }';

const GONE = { batchId: null, undoneCount: 0, conflicts: [], userErrors: [{ code: 'LABEL_BATCH_NOT_FOUND' }] };

interface Event {
  readonly kind: string;
  readonly labelName: string;
  readonly state: string | null;
  readonly byId: string;
}

describeOnEveryDatabase('undo', (database) => {
  let server: TestServer;
  const assetIds: string[] = [];
  const setIds = new Map<string, string>();
  beforeAll(async () => {
    server = await startServer({
      database,
      keys: { anna: { role: 'EDITOR' }, ben: { role: 'LABELLER' } },
      prepare: async (prisma, libraryId) => {
        for (let index = 0; index < 3; index++) assetIds.push(await insertAsset(prisma, libraryId));
      },
    });
  });
  afterAll(() => server.close());

  /** @returns the ids of its labels */
  const labelSet = async (name: string, labels: string[], isExclusive = false): Promise<string[]> => {
    const input = { name, isExclusive, labels: labels.map((label) => ({ name: label })) };
    const { labelSet: made } = (await server.data(CREATE, { input }, 'anna')).createLabelSet;
    setIds.set(name, made.id);
    return labels.map((label) => made.labels.find((each: { name: string }) => each.name === label).id as string);
  };
  const decide = async (labelId: string | undefined, state: string, of = assetIds.slice(0, 1), key = 'anna') => {
    const decisions = of.map((assetId) => ({ assetId, labelId, state }));
    return (await server.data(DECIDE, { decisions }, key)).reviewLabels.batchId as string;
  };
  const undo = async (batchId: string | null = null, key = 'anna') =>
    (await server.data(UNDO, { batchId }, key)).undoReview;
  const labelsOf = async (name: string, id = assetIds[0]): Promise<string[]> =>
    (await server.data(LABELS, { id }, 'anna')).asset.labels.flatMap((label: { name: string; state: string }) =>
      label.name === name ? label.state : [],
    );
  /** The latest first. */
  const historyOf = async (name: string): Promise<Event[]> =>
    (await server.data(HISTORY, { assetId: assetIds[0] }, 'anna')).labelHistory.edges.flatMap(
      ({ node }: { node: Event }) => (node.labelName === name ? node : []),
    );
  const statesOf = async (name: string) => (await historyOf(name)).map(({ state }) => state);

  test('again and again takes back one decision after the other, the last one first', async () => {
    const [fern] = await labelSet('Again', ['fern']);
    for (const state of ['ACCEPTED', 'REJECTED', 'ACCEPTED']) await decide(fern, state);
    for (const left of ['REJECTED', 'ACCEPTED', null]) {
      expect(await undo()).toMatchObject({ undoneCount: 1, conflicts: [], userErrors: [] });
      expect((await statesOf('fern'))[0]).toBe(left);
    }
    expect(await undo()).toEqual(GONE);
    expect((await server.data(SAID, {}, 'anna')).undoReview.userErrors).toEqual([
      { message: 'expected a batch of yours that can be undone, received none' },
    ]);
    expect(await statesOf('fern')).toEqual([null, 'ACCEPTED', 'REJECTED', 'ACCEPTED', 'REJECTED', 'ACCEPTED']);
  });

  test('goes back over what was added by name and removed again', async () => {
    for (const field of ['addLabels', 'removeLabels'])
      await server.data(CHANGE(field), { assetIds, labels: ['moss'] }, 'anna');
    for (const left of [['ACCEPTED'], []]) {
      expect(await undo()).toMatchObject({ undoneCount: 3, conflicts: [] });
      expect(await labelsOf('moss')).toEqual(left);
    }
  });

  test('does not use up a batch of which all was changed since by another, who takes that back', async () => {
    const [daisy, rose] = await labelSet('One of them', ['daisy', 'rose'], true);
    const batchId = await decide(daisy, 'ACCEPTED');
    await decide(rose, 'ACCEPTED', undefined, 'ben');
    const conflict = { assetId: assetIds[0], labelId: daisy, currentState: 'REJECTED', currentRevision: 2 };
    for (let time = 0; time < 2; time++)
      expect(await undo()).toEqual({ batchId, undoneCount: 0, conflicts: [conflict], userErrors: [] });
    expect(await undo(null, 'ben')).toMatchObject({ undoneCount: 2, conflicts: [] });
    expect(await labelsOf('daisy')).toEqual(['ACCEPTED']);
    expect(await undo()).toEqual({ batchId, undoneCount: 1, conflicts: [], userErrors: [] });
    expect(await labelsOf('daisy')).toEqual([]);
  });

  test('takes back by its id what stayed of a batch, and by default the batch before', async () => {
    const [elm, oak] = await labelSet('Trees', ['elm', 'oak']);
    await decide(oak, 'ACCEPTED');
    const batchId = await decide(elm, 'ACCEPTED', assetIds);
    await decide(elm, 'REJECTED', undefined, 'ben');
    expect(await undo()).toMatchObject({ batchId, undoneCount: 2, conflicts: [{ assetId: assetIds[0] }] });
    expect(await undo()).toMatchObject({ undoneCount: 1, conflicts: [] });
    expect(await labelsOf('oak')).toEqual([]);
    await undo(null, 'ben');
    expect(await labelsOf('elm')).toEqual(['ACCEPTED']);
    expect(await undo(batchId)).toEqual({ batchId, undoneCount: 1, conflicts: [], userErrors: [] });
    expect(await labelsOf('elm')).toEqual([]);
    expect(await undo(batchId)).toEqual(GONE);
  });

  test('leaves what an undo took back and somebody has decided anew', async () => {
    const [yew] = await labelSet('Anew', ['yew']);
    const batchId = await decide(yew, 'ACCEPTED');
    await undo();
    await decide(yew, 'REJECTED', undefined, 'ben');
    expect(await undo(batchId)).toEqual(GONE);
    expect(await statesOf('yew')).toEqual(['REJECTED', null, 'ACCEPTED']);
  });

  test('tells of a label that was merged away as what it became', async () => {
    const [birch, beech, maple] = await labelSet('Merged', ['birch', 'Beech', 'maple']);
    const [first, second, third] = assetIds;
    await decide(maple, 'REJECTED', [third!], 'ben');
    await decide(beech, 'ACCEPTED', [second!], 'ben');
    const batchId = await decide(birch, 'ACCEPTED', [first!, second!]);
    for (const [ids, into] of [
      [[birch], beech],
      [[beech], maple],
    ])
      expect((await server.data(MERGE, { ids, into }, 'anna')).mergeLabels.userErrors).toEqual([]);
    const { undoneCount, conflicts } = await undo(batchId);
    expect(undoneCount).toBe(0);
    const conflict = { labelId: maple, currentState: 'ACCEPTED', currentRevision: 1 };
    expect(new Set(conflicts)).toEqual(new Set([first, second].map((assetId) => ({ assetId, ...conflict }))));
  });

  test('tells of it as none that merely has its name as a synonym, nor as none where that was tidied away', async () => {
    const [car, automobile, railway] = await labelSet('Homonyms', ['car', 'automobile', 'railway car']);
    await server.data(UPDATE, { id: railway, input: { synonyms: ['car'] } }, 'anna');
    await decide(railway, 'REJECTED', undefined, 'ben');
    const batchId = await decide(car, 'ACCEPTED');
    await server.data(MERGE, { ids: [car], into: automobile }, 'anna');
    await server.data(UPDATE, { id: automobile, input: { synonyms: [] } }, 'anna');
    const conflict = { assetId: assetIds[0], labelId: automobile, currentState: 'ACCEPTED', currentRevision: 1 };
    expect(await undo(batchId)).toMatchObject({ undoneCount: 0, conflicts: [conflict] });
  });

  test.each([false, true])(
    'does not wait for a merge to be taken back, of an exclusive set or not: %s',
    async (isExclusive) => {
      const [car, lorry, automobile] = await labelSet(
        `Final ${isExclusive}`,
        ['car', 'lorry', 'automobile'],
        isExclusive,
      );
      const [first, second] = assetIds;
      const before = await decide(lorry, 'ACCEPTED', [second!]);
      await decide(isExclusive ? lorry : car, 'ACCEPTED', [first!], 'ben');
      const [labelId, state] = isExclusive ? [car, 'ACCEPTED'] : [automobile, 'REJECTED'];
      const batchId = await decide(labelId, state, [first!]);
      await server.data(MERGE, { ids: [car], into: automobile }, 'anna');
      expect(await undo()).toMatchObject({ batchId, undoneCount: 0 });
      expect(await undo()).toMatchObject({ batchId: before, undoneCount: 1 });
    },
  );

  test.each([
    ['label', 'ash', (labelId: string) => server.data(DELETE_LABELS, { ids: [labelId] }, 'anna')],
    ['label set', 'fir', () => server.data(DELETE_SET, { id: setIds.get('Of fir') }, 'anna')],
  ])('brings nothing back of a %s that was deleted, which is in the history', async (_, name, remove) => {
    const [labelId] = await labelSet(`Of ${name}`, [name]);
    await decide(labelId, 'ACCEPTED', undefined, 'ben');
    await remove(labelId!);
    const [deleted, accepted, ...others] = await historyOf(name);
    expect([deleted, accepted]).toMatchObject([
      { kind: 'DELETION', state: null },
      { kind: 'REVIEW', state: 'ACCEPTED' },
    ]);
    expect(others).toEqual([]);
    expect(deleted!.byId).not.toBe(accepted!.byId);
    const conflict = { assetId: assetIds[0], labelId, currentState: null, currentRevision: 0 };
    expect(await undo(null, 'ben')).toMatchObject({ undoneCount: 0, conflicts: [conflict], userErrors: [] });
    // Nothing of it can ever be undone.
    expect((await undo(null, 'ben')).conflicts).not.toEqual([conflict]);
  });
});
