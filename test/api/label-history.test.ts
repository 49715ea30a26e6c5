import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeOnEveryDatabase } from '../support/databases.js';
import { sample } from '../support/pictures.js';
import { insertAsset } from '../support/rows.js';
import { startServer, type TestServer } from '../support/server.js';

const SUGGEST = `mutation ($assetIds: [ID!]!, $labels: [String!]!, $threshold: Float!) {
  labelAssets(assetIds: $assetIds, labels: $labels, threshold: $threshold, multiLabel: true) { userErrors { code } } }`;
const ADD = `mutation ($assetIds: [ID!]!, $labels: [String!]!) {
  addLabels(assetIds: $assetIds, labels: $labels) { userErrors { code } } }`;
const CREATE = `mutation ($input: LabelSetInput!) { createLabelSet(input: $input) { labelSet { labels { id name } } } }`;
const DECIDE = `mutation ($decisions: [LabelDecision!]!) { reviewLabels(decisions: $decisions) { batchId outcomes { __typename
  ... on ReviewedLabel { revision } ... on ReviewConflict { currentState currentRevision } } } }`;
const UNDO = `mutation ($batchId: ID) { undoReview(batchId: $batchId) {
  undoneCount conflicts { labelId currentState currentRevision } userErrors { code } } }`;
const HISTORY = `query ($assetId: ID!) { labelHistory(assetId: $assetId) {
  edges { node { batchId labelId labelName fromState state source probability modelId byId revision } } } }`;
const LABELS = 'query ($id: ID!) { asset(id: $id) { labels { name source state probability modelId } } }';

/** Two changes of each are more than an undo takes at once. */
const MANY = 501;

interface Event {
  readonly batchId: string;
  readonly labelId: string;
  readonly labelName: string;
  readonly state: string | null;
  readonly revision: number;
}

describeOnEveryDatabase('the history of labels', (database) => {
  let server: TestServer;
  let assetId: string;
  const many: string[] = [];
  beforeAll(async () => {
    server = await startServer({ database, prepare: async (prisma, libraryId) => {
      for (let index = 0; index < MANY; index++) many.push(await insertAsset(prisma, libraryId));
    } }); // prettier-ignore
    [assetId] = (await server.add([sample('cat-face')])) as [string];
  });
  afterAll(() => server.close());

  const suggest = (label: string, threshold: number) =>
    server.data(SUGGEST, { assetIds: [assetId], labels: [label], threshold });
  const decide = async (decisions: object[]) =>
    (await server.data(DECIDE, { decisions: decisions.map((each) => ({ assetId, ...each })) })).reviewLabels;
  /** @returns the ids of its labels */
  const labelSet = async (name: string, labels: string[]): Promise<string[]> => {
    const input = { name, isExclusive: true, labels: labels.map((label) => ({ name: label })) };
    const found = (await server.data(CREATE, { input })).createLabelSet.labelSet.labels as {
      id: string;
      name: string;
    }[];
    return labels.map((label) => found.find((each) => each.name === label)!.id);
  };
  const undo = async (batchId: string) => (await server.data(UNDO, { batchId })).undoReview;
  /** The latest first. */
  const historyOf = async (label: string): Promise<Event[]> =>
    (await server.data(HISTORY, { assetId })).labelHistory.edges
      .map(({ node }: { node: Event }) => node)
      .filter(({ labelName }: Event) => labelName === label);
  const labelsOf = async (...names: string[]): Promise<{ name: string; state: string }[]> =>
    (await server.data(LABELS, { id: assetId })).asset.labels.filter(({ name }: { name: string }) =>
      names.includes(name),
    );

  test('a revision is of one change only, also when there was nothing in between', async () => {
    await suggest('whiskers', 0);
    await suggest('whiskers', 1);
    await server.data(ADD, { assetIds: [assetId], labels: ['whiskers'] });
    const history = await historyOf('whiskers');
    expect(history.map(({ state, revision }) => [state, revision])).toEqual([
      ['ACCEPTED', 3],
      [null, 2],
      ['SUGGESTED', 1],
    ]);
    const { labelId, batchId } = history.at(-1)!;
    // Whoever saw the suggestion did not see what a person said of it since.
    const { outcomes } = await decide([{ labelId, state: 'REJECTED', expectedRevision: 1 }]);
    expect(outcomes).toEqual([{ __typename: 'ReviewConflict', currentState: 'ACCEPTED', currentRevision: 3 }]);
    expect(await undo(batchId)).toEqual({
      undoneCount: 0,
      conflicts: [{ labelId, currentState: 'ACCEPTED', currentRevision: 3 }],
      userErrors: [],
    });
    expect(await labelsOf('whiskers')).toMatchObject([{ state: 'ACCEPTED' }]);
  });

  test('of an asset that is not there is none', async () => {
    for (const unknown of ['no id', '00000000-0000-4000-8000-000000000000'])
      expect(await server.code(HISTORY, { assetId: unknown })).toBe('ASSET_NOT_FOUND');
    expect((await server.data(HISTORY, { assetId: many[0] })).labelHistory.edges).toEqual([]);
  });

  test('what was removed comes back as it was, unless something happened since', async () => {
    await suggest('fur', 0);
    const before = await labelsOf('fur');
    expect(before).toMatchObject([{ state: 'SUGGESTED', probability: expect.any(Number) }]);
    await suggest('fur', 1);
    const [removal] = await historyOf('fur');
    expect(await labelsOf('fur')).toEqual([]);
    expect(await undo(removal!.batchId)).toEqual({ undoneCount: 1, conflicts: [], userErrors: [] });
    expect(await labelsOf('fur')).toEqual(before);

    await suggest('fur', 1);
    await suggest('fur', 0);
    await suggest('fur', 1);
    const [, , first] = await historyOf('fur');
    const { labelId } = first!;
    expect(await undo(first!.batchId)).toEqual({
      undoneCount: 0,
      conflicts: [{ labelId, currentState: null, currentRevision: 0 }],
      userErrors: [],
    });
    expect(await labelsOf('fur')).toEqual([]);
  });

  test('an asset never has two accepted labels of an exclusive set, whatever is undone', async () => {
    const [one, two] = await labelSet('Either', ['either', 'or']);
    await decide([{ labelId: one, state: 'ACCEPTED' }]);
    const { batchId } = await decide([{ labelId: one, state: 'REJECTED' }]);
    await decide([{ labelId: two, state: 'ACCEPTED' }]);
    expect(await undo(batchId)).toEqual({
      undoneCount: 0,
      conflicts: [{ labelId: one, currentState: 'REJECTED', currentRevision: 2 }],
      userErrors: [],
    });
    expect(await labelsOf('either', 'or')).toMatchObject([{ name: 'or', state: 'ACCEPTED' }]);
  });

  test('an accepted label that took the place of another gives it back', async () => {
    const [one, two] = await labelSet('Instead', ['former', 'latter']);
    await decide([{ labelId: one, state: 'ACCEPTED' }]);
    const { batchId } = await decide([{ labelId: two, state: 'ACCEPTED' }]);
    expect(await labelsOf('former', 'latter')).toMatchObject([{ name: 'latter', state: 'ACCEPTED' }]);
    expect(await undo(batchId)).toEqual({ undoneCount: 2, conflicts: [], userErrors: [] });
    expect(await labelsOf('former', 'latter')).toMatchObject([{ name: 'former', state: 'ACCEPTED' }]);
  });

  test('a batch of more than one portion is undone as a small one is', async () => {
    const [one, two] = await labelSet('Many', ['before', 'after']);
    const accept = (labelId: string | undefined) =>
      decide(many.map((id) => ({ assetId: id, labelId, state: 'ACCEPTED' })));
    await accept(one);
    const { batchId } = await accept(two);
    expect(await undo(batchId)).toEqual({ undoneCount: 2 * MANY, conflicts: [], userErrors: [] });
    const filter = { labelsAny: ['before'] };
    const { assets } = await server.data('query ($filter: AssetFilter) { assets(filter: $filter) { totalCount } }', {
      filter,
    });
    expect(assets.totalCount).toBe(MANY);
  });
});
