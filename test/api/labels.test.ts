import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { describeOnEveryDatabase } from '../support/databases.js';
import { sample, truncated } from '../support/pictures.js';
import { startServer, type TestServer } from '../support/server.js';

const ASSETS = 'assets { id labels { name source state probability modelId } } userErrors { code assetId }';
const SUGGEST = `mutation ($assetIds: [ID!]!, $labels: [String!]!, $threshold: Float! = 0.5, $templates: [String!], $multiLabel: Boolean! = true) {
  labelAssets(assetIds: $assetIds, labels: $labels, threshold: $threshold, templates: $templates, multiLabel: $multiLabel) { ${ASSETS} } }`;
const ADD = `mutation ($assetIds: [ID!]!, $labels: [String!]!) { addLabels(assetIds: $assetIds, labels: $labels) { ${ASSETS} } }`;
const REMOVE = `mutation ($assetIds: [ID!]!, $labels: [String!]!) { removeLabels(assetIds: $assetIds, labels: $labels) { ${ASSETS} } }`;
const NOWHERE = '00000000-0000-4000-8000-000000000000';

interface Label {
  readonly name: string;
  readonly source: string;
  readonly state: string;
  readonly probability: number | null;
  readonly modelId: string | null;
}

describeOnEveryDatabase('labels', (database) => {
  let server: TestServer;
  let cat: string;
  let boats: string;
  let failed: string;
  beforeAll(async () => {
    server = await startServer({ database });
    const cut = { name: 'cut.jpg', bytes: truncated(sample('kite-in-sky').bytes as Buffer<ArrayBuffer>) };
    [cat, boats, failed] = (await server.add([sample('cat-face'), sample('boats-at-sunset'), cut])) as [
      string,
      string,
      string,
    ];
  });
  afterAll(() => server.close());

  const labelsOf = async (id: string): Promise<Label[]> =>
    (
      await server.data('query ($id: ID!) { asset(id: $id) { labels { name source state probability modelId } } }', {
        id,
      })
    ).asset.labels;
  const named = (labels: readonly Label[], name: string) => labels.find((label) => label.name === name);

  test('a model suggests the labels that pass, with their probability and its name', async () => {
    const { labelAssets } = await server.data(SUGGEST, { assetIds: [cat, boats], labels: ['cat', 'sailing boats'] });
    expect(labelAssets.userErrors).toEqual([]);
    const [first, second] = labelAssets.assets as { id: string; labels: Label[] }[];
    expect([first!.id, second!.id]).toEqual([cat, boats]);
    expect(first!.labels).toEqual([
      {
        name: 'cat',
        source: 'MODEL',
        state: 'SUGGESTED',
        probability: expect.any(Number),
        modelId: expect.any(String),
      },
    ]);
    expect(first!.labels[0]!.probability).toBeGreaterThan(0.5);
    expect(second!.labels.map(({ name }) => name)).toEqual(['sailing boats']);
  });

  test('doing it again changes nothing, and a higher threshold takes its own suggestions back', async () => {
    const before = await labelsOf(cat);
    await server.data(SUGGEST, { assetIds: [cat], labels: ['cat', 'sailing boats'] });
    expect(await labelsOf(cat)).toEqual(before);
    await server.data(SUGGEST, { assetIds: [cat], labels: ['cat'], threshold: 1 });
    expect(await labelsOf(cat)).toEqual([]);
    await server.data(SUGGEST, { assetIds: [cat], labels: ['cat'] });
    expect(await labelsOf(cat)).toEqual(before);
  });

  test('what a person took away no model brings back, and a person may', async () => {
    const { removeLabels } = await server.data(REMOVE, { assetIds: [cat], labels: ['CAT'] });
    expect(removeLabels).toEqual({ assets: [{ id: cat, labels: [] }], userErrors: [] });
    await server.data(SUGGEST, { assetIds: [cat], labels: ['cat'], threshold: 0 });
    expect(await labelsOf(cat)).toEqual([]);
    await server.data(ADD, { assetIds: [cat], labels: ['cat'] });
    expect(await labelsOf(cat)).toEqual([
      { name: 'cat', source: 'HUMAN', state: 'ACCEPTED', probability: null, modelId: null },
    ]);
  });

  test('what a person took away is shown to whoever asks for it, and is taken back by what it says', async () => {
    const WITH = `query ($ids: [ID!]!) { assetsByIds(ids: $ids) { labels { name } all: labels(withRejected: true) { name state labelId revision } } }`;
    const said = async () => (await server.data(WITH, { ids: [cat, boats, cat] })).assetsByIds;
    await server.data(ADD, { assetIds: [cat], labels: ['whisker', 'snout'] });
    await server.data(REMOVE, { assetIds: [cat], labels: ['whisker'] });
    const [ofCat, ofBoats, again] = await said();
    const whisker = ofCat.all.find(({ name }: { name: string }) => name === 'whisker');
    expect(whisker).toMatchObject({ state: 'REJECTED', revision: 2 });
    expect(ofCat.labels).toContainEqual({ name: 'snout' });
    expect(ofCat.labels).not.toContainEqual({ name: 'whisker' });
    expect(again).toEqual(ofCat);
    expect(ofBoats.all).not.toContainEqual(expect.objectContaining({ name: 'whisker' }));

    const decisions = [{ assetId: cat, labelId: whisker.labelId, state: 'ACCEPTED', expectedRevision: 2 }];
    const decide = 'mutation ($decisions: [LabelDecision!]!) { reviewLabels(decisions: $decisions) { batchId } }';
    await server.data(decide, { decisions });
    expect((await said())[0].labels).toContainEqual({ name: 'whisker' });
    await server.data(REMOVE, { assetIds: [cat], labels: ['whisker', 'snout'] });
  });

  test('what an asset says of a label is all that a decision of it needs', async () => {
    const OF = 'query ($id: ID!) { asset(id: $id) { labels { name labelId labelSetId revision } } }';
    const decide = async (labelId: string, expectedRevision: number) => {
      const decisions = [{ assetId: cat, labelId, state: 'ACCEPTED', expectedRevision }];
      const mutation = `mutation ($decisions: [LabelDecision!]!) { reviewLabels(decisions: $decisions) { outcomes { __typename } } }`;
      return (await server.data(mutation, { decisions })).reviewLabels.outcomes[0].__typename as string;
    };
    const said = async (name: string) => {
      const { labels } = (await server.data(OF, { id: cat })).asset;
      return labels.find((label: { name: string }) => label.name === name);
    };
    await server.data(SUGGEST, { assetIds: [cat], labels: ['tabby'], threshold: 0 });
    const free = await said('tabby');
    expect(free).toMatchObject({ labelSetId: null, revision: 1 });
    expect(await decide(free.labelId, free.revision)).toBe('ReviewedLabel');
    expect(await decide(free.labelId, free.revision)).toBe('ReviewConflict');

    const create =
      'mutation ($input: LabelSetInput!) { createLabelSet(input: $input) { labelSet { id labels { id } } } }';
    const input = { name: 'Coats', labels: [{ name: 'Ginger' }] };
    const { id: labelSetId, labels } = (await server.data(create, { input })).createLabelSet.labelSet;
    expect(await decide(labels[0].id, 0)).toBe('ReviewedLabel');
    const ofSet = await said('Ginger');
    expect(ofSet).toEqual({ name: 'Ginger', labelId: labels[0].id, labelSetId, revision: 1 });
    await server.data(REMOVE, { assetIds: [cat], labels: ['tabby', 'ginger'] });
  });

  describe('of a set', () => {
    const CREATE = `mutation ($input: LabelSetInput!) { createLabelSet(input: $input) { labelSet { labels { id } } } }`;
    const DECIDE = `mutation ($decisions: [LabelDecision!]!) { reviewLabels(decisions: $decisions) { batchId } }`;
    const HISTORY = `query ($assetId: ID!) { labelHistory(assetId: $assetId, first: 1) {
      edges { node { labelId fromState state source } } } }`;
    const lists = async (label: string): Promise<number[]> => {
      const query = `query ($label: [String!]!) {
        any: assets(filter: { labelsAny: $label }) { totalCount } none: assets(filter: { labelsNone: $label }) { totalCount } }`;
      const { any, none } = await server.data(query, { label: [label] });
      return [any.totalCount, none.totalCount];
    };
    const make = async (set: string, label: string): Promise<string> => {
      const input = { name: set, labels: [{ name: label }] };
      return (await server.data(CREATE, { input })).createLabelSet.labelSet.labels[0].id as string;
    };
    const accept = (assetId: string, labelId: string) =>
      server.data(DECIDE, { decisions: [{ assetId, labelId, state: 'ACCEPTED' }] });

    test('a label is taken away by its name too, and the decision is of that label', async () => {
      const labelId = await make('Vessels', 'Barge');
      await accept(boats, labelId);
      expect(await lists('barge')).toEqual([1, 2]);
      const { removeLabels } = await server.data(REMOVE, { assetIds: [boats], labels: ['BARGE'] });
      expect(removeLabels.userErrors).toEqual([]);
      expect(named(removeLabels.assets[0].labels, 'Barge')).toBeUndefined();
      expect(await lists('barge')).toEqual([0, 3]);
      expect((await server.data(HISTORY, { assetId: boats })).labelHistory.edges).toEqual([
        { node: { labelId, fromState: 'ACCEPTED', state: 'REJECTED', source: 'HUMAN' } },
      ]);
    });

    test('all of one name go at once, and those of no set are others', async () => {
      for (const set of ['Left', 'Right']) await accept(boats, await make(set, 'mast'));
      await server.data(ADD, { assetIds: [boats, cat], labels: ['Mast'] });
      expect((await labelsOf(boats)).map(({ name }) => name).filter((name) => /mast/i.test(name))).toHaveLength(3);
      await server.data(REMOVE, { assetIds: [boats], labels: ['mast'] });
      expect(await lists('mast')).toEqual([1, 2]);
      await server.data('mutation { undoReview { undoneCount } }');
      expect((await labelsOf(boats)).map(({ name }) => name).filter((name) => /mast/i.test(name))).toHaveLength(3);
    });
  });

  test('what was said of labels is taken back by the id of its batch, whatever was said since', async () => {
    const UNDO = 'mutation ($batchId: ID) { undoReview(batchId: $batchId) { batchId undoneCount } }';
    const ask = async (mutation: string, variables: object): Promise<string | null> =>
      Object.values<{ batchId: string | null }>(
        await server.data(mutation.replace('assets {', 'batchId assets {'), variables),
      )[0]!.batchId;
    const undo = async (batchId: string | null) => (await server.data(UNDO, { batchId })).undoReview;
    const has = async (name: string) =>
      Promise.all([cat, boats].map(async (id) => named(await labelsOf(id), name) !== undefined));

    const given = await ask(ADD, { assetIds: [cat, boats, NOWHERE], labels: ['given'] });
    const other = await ask(ADD, { assetIds: [cat], labels: ['other'] });
    expect(await ask(ADD, { assetIds: [cat, boats], labels: ['given'] })).toBeNull();
    expect(await undo(given)).toEqual({ batchId: given, undoneCount: 2 });
    expect([await has('given'), await has('other')]).toEqual([
      [false, false],
      [true, false],
    ]);

    const taken = await ask(REMOVE, { assetIds: [cat, boats], labels: ['other', 'nowhere'] });
    expect(await ask(REMOVE, { assetIds: [cat, boats], labels: ['other'] })).toBeNull();
    const suggested = await ask(SUGGEST, { assetIds: [boats], labels: ['suggested'], threshold: 0 });
    expect(await undo(taken)).toEqual({ batchId: taken, undoneCount: 1 });
    expect(await undo(suggested)).toEqual({ batchId: suggested, undoneCount: 1 });
    expect([await has('other'), await has('suggested')]).toEqual([
      [true, false],
      [false, false],
    ]);
    await undo(other);
  });

  test('what no asset has is not taken away, and makes no label', async () => {
    const { removeLabels } = await server.data(REMOVE, { assetIds: [cat], labels: ['NEVER GIVEN'] });
    expect(removeLabels.userErrors).toEqual([]);
    // A label is called as it first was.
    await server.data(ADD, { assetIds: [cat], labels: ['never given'] });
    expect(named(await labelsOf(cat), 'never given')).toBeDefined();
  });

  test('what a person gave stays as it is, whatever the model thinks', async () => {
    await server.data(ADD, { assetIds: [boats], labels: ['castle'] });
    await server.data(SUGGEST, { assetIds: [boats], labels: ['castle', 'cat'], threshold: 0 });
    const labels = await labelsOf(boats);
    expect(named(labels, 'castle')).toMatchObject({ source: 'HUMAN', state: 'ACCEPTED', probability: null });
    expect(named(labels, 'cat')).toMatchObject({ source: 'MODEL', state: 'SUGGESTED' });
  });

  test('a suggestion that a person gives too is the person’s', async () => {
    await server.data(ADD, { assetIds: [boats], labels: ['Cat'] });
    expect((await labelsOf(boats)).filter(({ name }) => name.toLowerCase() === 'cat')).toEqual([
      { name: 'cat', source: 'HUMAN', state: 'ACCEPTED', probability: null, modelId: null },
    ]);
  });

  test('a word in another case, spacing or form is one label, called as it first was', async () => {
    await server.data(ADD, { assetIds: [cat], labels: ['Café  au lait'] });
    await server.data(ADD, { assetIds: [boats], labels: [' cafe\u0301 AU LAIT '] });
    expect(named(await labelsOf(boats), 'Café au lait')).toBeDefined();
    const query = 'query ($labelsAny: [String!]) { assets(filter: { labelsAny: $labelsAny }) { totalCount } }';
    expect((await server.data(query, { labelsAny: ['CAFÉ au lait'] })).assets.totalCount).toBe(2);
  });

  test('labels are known to the filters of lists at once, and of searches soon', async () => {
    await server.data(ADD, { assetIds: [boats], labels: ['Only Here'] });
    const list = '{ assets(filter: { labelsAny: ["only here"] }) { edges { node { id } } } }';
    const search = '{ searchByText(query: "a cat", filter: { labelsAny: ["only here"] }) { edges { node { id } } } }';
    expect((await server.data(list)).assets.edges).toEqual([{ node: { id: boats } }]);
    await server.waitUntilProcessed();
    expect((await server.data(search)).searchByText.edges).toEqual([{ node: { id: boats } }]);
    await server.data(REMOVE, { assetIds: [boats], labels: ['only here'] });
    expect((await server.data(list)).assets.edges).toEqual([]);
    expect((await server.data(search)).searchByText.edges).toEqual([]);
  });

  test('assets that are not ready or not there are told apart, and keep nobody else from it', async () => {
    const assetIds = [failed, NOWHERE, cat, 'no id', cat];
    const { labelAssets } = await server.data(SUGGEST, { assetIds, labels: ['cat'] });
    expect(labelAssets.assets.map(({ id }: { id: string }) => id)).toEqual([cat]);
    expect(
      labelAssets.userErrors.toSorted((a: { code: string }, b: { code: string }) => (a.code < b.code ? -1 : 1)),
    ).toEqual([
      { code: 'ASSET_FAILED', assetId: failed },
      { code: 'ASSET_NOT_FOUND', assetId: NOWHERE },
      { code: 'ASSET_NOT_FOUND', assetId: 'no id' },
    ]);
    const { addLabels } = await server.data(ADD, { assetIds: [failed, NOWHERE], labels: ['unseen'] });
    expect(addLabels.assets.map(({ id }: { id: string }) => id)).toEqual([failed]);
    expect(addLabels.userErrors).toEqual([{ code: 'ASSET_NOT_FOUND', assetId: NOWHERE }]);
    expect(named(await labelsOf(failed), 'unseen')).toMatchObject({ source: 'HUMAN' });
  });

  test('what shows nothing is left out of a label, and what is no text is none', async () => {
    await server.data(ADD, { assetIds: [cat], labels: ['be\u0007ll'] });
    expect(named(await labelsOf(cat), 'bell')).toBeDefined();
    const { errors } = await server.gql(ADD, { assetIds: [cat], labels: ['door', '\ud800'] });
    expect(errors?.[0]?.message).toBe('expected no NUL and whole characters for a label, received "\\ud800"');
    expect(await server.code(ADD, { assetIds: [cat], labels: ['do\0or'] })).toBe('INVALID_ARGUMENT');
    expect(named(await labelsOf(cat), 'door')).toBeUndefined();
  });

  test('of one name have an order of their own', async () => {
    const create = 'mutation ($input: LabelSetInput!) { createLabelSet(input: $input) { labelSet { labels { id } } } }';
    const ids: string[] = [];
    for (let set = 0; set < 5; set++) {
      const input = { name: `Namesakes ${set}`, labels: [{ name: 'namesake' }] };
      ids.push((await server.data(create, { input })).createLabelSet.labelSet.labels[0].id);
    }
    const sorted = ids.toSorted();
    const decide = 'mutation ($decisions: [LabelDecision!]!) { reviewLabels(decisions: $decisions) { batchId } }';
    for (const labelId of sorted.toReversed())
      await server.data(decide, { decisions: [{ assetId: boats, labelId, state: 'ACCEPTED' }] });
    // Together with those of other pictures no index reads them in order.
    const { edges } = (await server.data('{ assets { edges { node { id labels { name labelId } } } } }')).assets;
    const { labels } = edges.find(({ node }: { node: { id: string } }) => node.id === boats).node;
    const namesakes = labels.filter(({ name }: { name: string }) => name === 'namesake');
    expect(namesakes.map(({ labelId }: { labelId: string }) => labelId)).toEqual(sorted);
    await server.data(REMOVE, { assetIds: [boats], labels: ['namesake'] });
  });

  test('that differ by case only are one, called as the first of them', async () => {
    for (const labels of [
      ['Twice', 'twice'],
      ['TWICE', 'Twice'],
    ]) {
      await server.data(ADD, { assetIds: [cat], labels });
      expect((await labelsOf(cat)).filter(({ name }) => /^twice$/i.test(name))).toMatchObject([{ name: 'Twice' }]);
    }
    await server.data(REMOVE, { assetIds: [cat], labels: ['twice', 'TWICE'] });
    expect(named(await labelsOf(cat), 'Twice')).toBeUndefined();
    await server.data(SUGGEST, { assetIds: [cat], labels: ['Suggested twice', 'suggested twice'], threshold: 0 });
    expect(named(await labelsOf(cat), 'Suggested twice')).toMatchObject({ source: 'MODEL' });
  });

  const MANY = Array.from({ length: 1_001 }, (_, index) => `label ${index}`);
  const MANY_IDS = Array.from(
    { length: 1_001 },
    (_, index) => `${String(index).padStart(8, '0')}-0000-4000-8000-000000000000`,
  );
  test.each([
    ['no assets', { assetIds: [], labels: ['x'] }],
    ['1,001 assets', { assetIds: MANY_IDS, labels: ['x'] }],
    ['no labels', { assetIds: [NOWHERE], labels: [] }],
    ['1,001 labels', { assetIds: [NOWHERE], labels: MANY }],
    ['an empty label', { assetIds: [NOWHERE], labels: [''] }],
  ])('%s: an invalid argument', async (_, variables) => {
    for (const mutation of [SUGGEST, ADD, REMOVE])
      expect(await server.code(mutation, variables)).toBe('INVALID_ARGUMENT');
  });

  test('a threshold is a probability, and too many labels on too many assets are refused', async () => {
    for (const threshold of [-0.1, 1.1])
      expect(await server.code(SUGGEST, { assetIds: [cat], labels: ['x'], threshold })).toBe('INVALID_ARGUMENT');
    const assetIds = MANY_IDS.slice(0, 21);
    for (const mutation of [ADD, REMOVE])
      expect(await server.code(mutation, { assetIds, labels: MANY.slice(0, 1_000) })).toBe('INVALID_ARGUMENT');
  });
});
