import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeOnEveryDatabase } from '../support/databases.js';
import { startSampleServer } from '../support/sample-server.js';
import type { TestServer } from '../support/server.js';

const NOWHERE = '00000000-0000-4000-8000-000000000000';
const SET =
  'labelSet { id name isExclusive threshold labels { id name parentId synonyms colour } } userErrors { code }';
const CREATE = `mutation ($input: LabelSetInput!) { createLabelSet(input: $input) { ${SET} } }`;
const UPDATE = `mutation ($id: ID!, $input: LabelSetPatch!) { updateLabelSet(id: $id, input: $input) { ${SET} } }`;
const ADD = `mutation ($labelSetId: ID!, $labels: [LabelInput!]!) { createLabels(labelSetId: $labelSetId, labels: $labels) { ${SET} } }`;
const UPDATE_LABEL =
  'mutation ($id: ID!, $input: LabelPatch!) { updateLabel(id: $id, input: $input) { label { id name parentId threshold } userErrors { code } } }';
const CLASSIFY = `mutation ($labelSetId: ID!, $filter: AssetFilter, $threshold: Float, $dryRun: Boolean! = false) {
  classifyAssets(labelSetId: $labelSetId, filter: $filter, threshold: $threshold, dryRun: $dryRun) { classification { id } userErrors { code } } }`;
const RUN = `query ($id: ID!) { classification(id: $id) { state isDryRun total processed notReady suggested progress failure { code }
  labels { name passed threshold bands { min max count examples { id } } } } }`;
const QUEUE = `query ($labelSetId: ID!, $order: ReviewOrder! = UNCERTAIN_FIRST, $first: Int, $after: String, $labelIds: [ID!]) {
  reviewQueue(labelSetId: $labelSetId, order: $order, first: $first, after: $after, labelIds: $labelIds) { totalCount
    edges { cursor node { asset { id } assignments { label { id name } state source probability revision } } } pageInfo { hasNextPage endCursor } } }`;
const DECIDE = `mutation ($decisions: [LabelDecision!]!) { reviewLabels(decisions: $decisions) { batchId outcomes { __typename
  ... on ReviewedLabel { assetId labelId state revision }
  ... on ReviewConflict { assetId labelId currentState currentSource currentRevision }
  ... on UnknownDecision { assetId labelId code } } } }`;
const ACCEPT = `mutation ($labelSetId: ID!, $probability: Float!) { acceptAllAbove(labelSetId: $labelSetId, probability: $probability) {
  batchId acceptedCount remainingCount userErrors { code } } }`;
const UNDO = `mutation ($batchId: ID) { undoReview(batchId: $batchId) { batchId undoneCount conflicts { assetId labelId currentState } userErrors { code } } }`;
const HISTORY = `query ($assetId: ID!) { labelHistory(assetId: $assetId) { edges { node { kind labelName fromState state source revision } } } }`;

const NAMES = ['cat-face', 'boats-at-sunset', 'kite-in-sky'];

interface NamedLabel {
  readonly id: string;
  readonly name: string;
  readonly parentId: string | null;
}

interface Suggested {
  readonly label: NamedLabel;
  readonly state: string;
  readonly source: string;
  readonly probability: number | null;
  readonly revision: number;
}

interface QueueEdge {
  readonly cursor: string;
  readonly node: { readonly asset: { readonly id: string }; readonly assignments: readonly Suggested[] };
}

interface Band {
  readonly count: number;
  readonly examples: readonly { readonly id: string }[];
}

describeOnEveryDatabase('label sets', (database) => {
  let server: TestServer;
  let ids: Map<string, string>;
  let [cat, boats, kite]: string[] = [];
  beforeAll(async () => {
    ({ server, ids } = await startSampleServer(database, NAMES));
    [cat, boats, kite] = NAMES.map((name) => ids.get(name)!);
  });
  afterAll(() => server.close());

  const create = async (input: object): Promise<{ id: string; labelIds: Map<string, string> }> => {
    const { labelSet, userErrors } = (await server.data(CREATE, { input })).createLabelSet;
    expect(userErrors).toEqual([]);
    const labels = labelSet.labels as NamedLabel[];
    return { id: labelSet.id, labelIds: new Map(labels.map(({ id, name }) => [name, id])) };
  };
  const classify = async (variables: object) => {
    const { classification } = (await server.data(CLASSIFY, variables)).classifyAssets;
    await server.waitUntilProcessed();
    return (await server.data(RUN, { id: classification.id })).classification;
  };
  const queueOf = async (labelSetId: string, more: object = {}) =>
    (await server.data(QUEUE, { labelSetId, ...more })).reviewQueue as {
      totalCount: number;
      edges: QueueEdge[];
      pageInfo: { hasNextPage: boolean; endCursor: string };
    };
  const suggestionsOf = (queue: { edges: QueueEdge[] }) =>
    Object.fromEntries(
      queue.edges.map(({ node }) => [node.asset.id, node.assignments.map(({ label }) => label.name).sort()]),
    );
  const decide = async (decisions: object[]) => (await server.data(DECIDE, { decisions })).reviewLabels;
  const contents = (name: string) =>
    create({ name, labels: [{ name: 'cat' }, { name: 'sailing boats' }, { name: 'kite' }] });

  test('a set has labels with parents, and is changed without losing what it is', async () => {
    const { id, labelIds } = await create({
      name: 'Animals',
      labels: [{ name: 'Animal' }, { name: 'Cat', parent: 'animal', synonyms: ['kitty'], colour: '#FFAA00' }],
    });
    const { updateLabelSet } = await server.data(UPDATE, { id, input: { name: 'Beasts', threshold: 0.7 } });
    expect(updateLabelSet.labelSet).toMatchObject({ id, name: 'Beasts', threshold: 0.7, isExclusive: false });
    expect(updateLabelSet.labelSet.labels).toEqual([
      { id: labelIds.get('Animal'), name: 'Animal', parentId: null, synonyms: [], colour: null },
      {
        id: labelIds.get('Cat'),
        name: 'Cat',
        parentId: labelIds.get('Animal'),
        synonyms: ['kitty'],
        colour: '#ffaa00',
      },
    ]);
    const { updateLabel } = await server.data(UPDATE_LABEL, {
      id: labelIds.get('Cat'),
      input: { name: 'House cat', parent: null, threshold: 0.9 },
    });
    expect(updateLabel.label).toEqual({ id: labelIds.get('Cat'), name: 'House cat', parentId: null, threshold: 0.9 });
  });

  test('a label of the same word in two sets, and in none, is three labels', async () => {
    await create({ name: 'One', labels: [{ name: 'twin' }] });
    await create({ name: 'Two', labels: [{ name: 'Twin' }] });
    const free = 'mutation ($ids: [ID!]!) { addLabels(assetIds: $ids, labels: ["twin"]) { userErrors { code } } }';
    expect((await server.data(free, { ids: [cat] })).addLabels.userErrors).toEqual([]);
  });

  test('names that are taken, sets that are not there and parents in a circle change nothing', async () => {
    const { id, labelIds } = await create({ name: 'Strict', labels: [{ name: 'a' }, { name: 'b', parent: 'a' }] });
    const codeOf = (payload: { userErrors: { code: string }[] }) => payload.userErrors.map(({ code }) => code);
    const again = await server.data(CREATE, { input: { name: 'STRICT', labels: [{ name: 'lost' }] } });
    expect(codeOf(again.createLabelSet)).toEqual(['LABEL_SET_EXISTS']);
    const added = await server.data(ADD, { labelSetId: id, labels: [{ name: 'c' }, { name: 'A' }] });
    expect(codeOf(added.createLabels)).toEqual(['LABEL_EXISTS']);
    const nowhere = await server.data(ADD, { labelSetId: NOWHERE, labels: [{ name: 'c' }] });
    expect(codeOf(nowhere.createLabels)).toEqual(['LABEL_SET_NOT_FOUND']);
    const renamed = await server.data(UPDATE_LABEL, { id: labelIds.get('b'), input: { name: ' A ' } });
    expect(codeOf(renamed.updateLabel)).toEqual(['LABEL_EXISTS']);
    expect(await server.code(UPDATE_LABEL, { id: labelIds.get('a'), input: { parent: 'b' } })).toBe('INVALID_ARGUMENT');
    const { labelSet } = await server.data('query ($id: ID!) { labelSet(id: $id) { labels { name parentId } } }', {
      id,
    });
    expect(labelSet.labels).toEqual([
      { name: 'a', parentId: null },
      { name: 'b', parentId: labelIds.get('a') },
    ]);
  });

  const MANY = Array.from({ length: 1_001 }, (_, index) => ({ name: `label ${index}` }));
  test.each([
    ['1,001 labels', { labels: MANY }],
    ['labels that differ by case', { labels: [{ name: 'x' }, { name: 'X' }] }],
    ['an empty label', { labels: [{ name: ' ' }] }],
    ['an empty prompt', { labels: [{ name: 'x', prompts: [''] }] }],
    ['a parent that is not there', { labels: [{ name: 'x', parent: 'y' }] }],
    ['a label that is its own parent', { labels: [{ name: 'x', parent: 'x' }] }],
    ['a colour that is none', { labels: [{ name: 'x', colour: 'red' }] }],
    ['a threshold that is no probability', { threshold: 2 }],
    ['a template without its place', { templates: ['a photo'] }],
  ])('%s: an invalid argument, and no set', async (_, input) => {
    expect(await server.code(CREATE, { input: { name: 'Never', ...input } })).toBe('INVALID_ARGUMENT');
    const { labelSets } = await server.data('{ labelSets { name } }');
    expect(labelSets.map(({ name }: { name: string }) => name)).not.toContain('Never');
  });

  test('a dry run counts by label and band, shows examples, and writes nothing', async () => {
    const { id } = await contents('Dry');
    const run = await classify({ labelSetId: id, dryRun: true });
    expect(run).toMatchObject({
      state: 'SUCCEEDED',
      isDryRun: true,
      total: 3,
      processed: 3,
      suggested: 0,
      progress: 1,
    });
    for (const { bands, passed } of run.labels as { bands: Band[]; passed: number }[]) {
      expect(bands.map(({ count }) => count).reduce((a, b) => a + b)).toBe(3);
      expect(bands.slice(5).reduce((sum, { count }) => sum + count, 0)).toBe(passed);
    }
    const ofCat = run.labels.find(({ name }: { name: string }) => name === 'cat');
    expect(ofCat.passed).toBe(1);
    expect((ofCat.bands as Band[]).findLast(({ count }) => count > 0)!.examples).toEqual([{ id: cat }]);
    expect((await queueOf(id)).totalCount).toBe(0);
  });

  test('a run suggests what passes, may be run again, and takes back what no longer passes', async () => {
    const { id } = await contents('Run');
    const run = await classify({ labelSetId: id });
    expect(run).toMatchObject({ state: 'SUCCEEDED', processed: 3, notReady: 0 });
    const queue = await queueOf(id);
    expect(suggestionsOf(queue)).toMatchObject({ [cat!]: ['cat'], [boats!]: ['sailing boats'] });
    expect(await classify({ labelSetId: id })).toMatchObject({ suggested: run.suggested });
    expect(await queueOf(id)).toEqual(queue);
    await classify({ labelSetId: id, threshold: 1, filter: { labelsAny: ['sailing boats'] } });
    expect(suggestionsOf(await queueOf(id))[boats!]).toBeUndefined();
    expect(suggestionsOf(await queueOf(id))[cat!]).toEqual(['cat']);
  });

  test('a set without labels can neither classify nor learn', async () => {
    const { id } = await create({ name: 'Without labels' });
    const userErrors = [
      {
        code: 'LABEL_SET_EMPTY',
        message: `expected a set that has labels for labelSetId, received "${id}"`,
      },
    ];
    for (const field of ['classifyAssets', 'trainLabelSet']) {
      const mutation = `mutation ($id: ID!) { ${field}(labelSetId: $id) { userErrors { code message } } }`;
      expect((await server.data(mutation, { id }))[field]).toEqual({ userErrors });
    }
    const ask = 'query ($assetId: ID!, $id: ID!) { zeroShotClassify(assetId: $assetId, labelSetId: $id) { label } }';
    expect(await server.code(ask, { assetId: cat, id })).toBe('LABEL_SET_EMPTY');
  });

  test('of an exclusive set an asset gets one suggestion, not a rejected one, and none when it has a label', async () => {
    const { id, labelIds } = await create({
      name: 'Which',
      isExclusive: true,
      labels: [{ name: 'cat' }, { name: 'sailing boats' }, { name: 'kite' }],
    });
    const accept = { assetId: boats, labelId: labelIds.get('kite'), state: 'ACCEPTED' };
    const reject = { assetId: cat, labelId: labelIds.get('cat'), state: 'REJECTED' };
    await decide([accept, reject]);
    await classify({ labelSetId: id, threshold: 0 });
    const suggested = suggestionsOf(await queueOf(id));
    expect(suggested[kite!]).toEqual(['kite']);
    expect(suggested[boats!]).toBeUndefined();
    expect(suggested[cat!]).toHaveLength(1);
    expect(suggested[cat!]).not.toEqual(['cat']);
    const two = { ...accept, labelId: labelIds.get('cat') };
    await decide([two]);
    await classify({ labelSetId: id });
    const disagreement = await queueOf(id, { order: 'DISAGREEMENT' });
    const ofBoats = disagreement.edges.find(({ node }) => node.asset.id === boats)!.node.assignments;
    expect(ofBoats.filter(({ state }) => state === 'ACCEPTED').map(({ label }) => label.name)).toEqual(['cat']);
  });

  test('the queue is in order, in pages, and of some labels where asked', async () => {
    const { id, labelIds } = await contents('Order');
    await classify({ labelSetId: id, threshold: 0 });
    const surest = ({ node }: QueueEdge) => node.assignments[0]!.probability!;
    const confident = await queueOf(id, { order: 'CONFIDENT_FIRST' });
    expect(confident.totalCount).toBe(3);
    expect(confident.edges.map(surest)).toEqual(confident.edges.map(surest).toSorted((a, b) => b - a));
    const uncertainty = ({ node }: QueueEdge) =>
      Math.min(...node.assignments.map(({ probability }) => Math.abs(probability! - 0.5)));
    const uncertain = await queueOf(id);
    expect(uncertain.edges.map(uncertainty)).toEqual(uncertain.edges.map(uncertainty).toSorted((a, b) => a - b));
    const first = await queueOf(id, { first: 2 });
    const second = await queueOf(id, { first: 2, after: first.pageInfo.endCursor });
    expect([...first.edges, ...second.edges]).toEqual(uncertain.edges);
    expect(second.pageInfo.hasNextPage).toBe(false);
    const { after } = { after: first.pageInfo.endCursor };
    expect(await server.code(QUEUE, { labelSetId: id, order: 'CONFIDENT_FIRST', after })).toBe('INVALID_CURSOR');
    const some = await queueOf(id, { labelIds: [labelIds.get('kite')] });
    expect(some.edges.flatMap(({ node }) => node.assignments.map(({ label }) => label.name))).toEqual([
      'kite',
      'kite',
      'kite',
    ]);
  });

  test('decisions at once: each has an answer, and a labeller who was slower gets a conflict', async () => {
    const { id, labelIds } = await contents('Review');
    await classify({ labelSetId: id, threshold: 0 });
    const label = labelIds.get('cat');
    const { edges } = await queueOf(id);
    const revision = edges
      .find(({ node }) => node.asset.id === cat)!
      .node.assignments.find(({ label: { name } }) => name === 'cat')!.revision;
    const seen = { labelId: label, expectedRevision: revision };
    await decide([{ assetId: boats, ...seen, state: 'REJECTED' }]);
    const { outcomes, batchId } = await decide([
      { assetId: cat, ...seen, state: 'ACCEPTED' },
      { assetId: boats, ...seen, state: 'ACCEPTED' },
      { assetId: NOWHERE, ...seen, state: 'ACCEPTED' },
      { assetId: kite, labelId: NOWHERE, state: 'ACCEPTED' },
    ]);
    expect(batchId).not.toBeNull();
    expect(outcomes).toEqual([
      { __typename: 'ReviewedLabel', assetId: cat, labelId: label, state: 'ACCEPTED', revision: revision + 1 },
      {
        __typename: 'ReviewConflict',
        assetId: boats,
        labelId: label,
        currentState: 'REJECTED',
        currentSource: 'HUMAN',
        currentRevision: revision + 1,
      },
      { __typename: 'UnknownDecision', assetId: NOWHERE, labelId: label, code: 'ASSET_NOT_FOUND' },
      { __typename: 'UnknownDecision', assetId: kite, labelId: NOWHERE, code: 'LABEL_NOT_FOUND' },
    ]);
    await classify({ labelSetId: id, threshold: 0 });
    expect(suggestionsOf(await queueOf(id))[boats!]).not.toContain('cat');
    const { labelHistory } = await server.data(HISTORY, { assetId: cat });
    expect(labelHistory.edges[0].node).toEqual({
      kind: 'REVIEW',
      labelName: 'cat',
      fromState: 'SUGGESTED',
      state: 'ACCEPTED',
      source: 'HUMAN',
      revision: revision + 1,
    });
    const twice = { assetId: cat, labelId: label, state: 'ACCEPTED' };
    const { errors } = await server.gql(DECIDE, { decisions: [twice, { ...twice, assetId: boats }, twice] });
    expect(errors).toMatchObject([
      {
        message: `expected one decision for the label ${label} of the asset ${cat}, received 2`,
        extensions: { code: 'INVALID_ARGUMENT' },
      },
    ]);
    expect(await server.code(DECIDE, { decisions: [] })).toBe('INVALID_ARGUMENT');
  });

  test('all above a probability are accepted of some labels only, where these are named', async () => {
    const { id, labelIds } = await contents('By label');
    await classify({ labelSetId: id, threshold: 0 });
    const label = labelIds.get('cat')!;
    const ofLabels = `mutation ($labelSetId: ID!, $labelIds: [ID!]) { acceptAllAbove(labelSetId: $labelSetId, probability: 0, labelIds: $labelIds) {
      acceptedCount remainingCount } }`;
    const accept = async (asked: string[]) => (await server.data(ofLabels, { labelSetId: id, labelIds: asked })).acceptAllAbove; // prettier-ignore
    expect(await accept([])).toEqual({ acceptedCount: 0, remainingCount: 0 });
    expect(await accept([NOWHERE, 'no id', label])).toEqual({ acceptedCount: 3, remainingCount: 0 });
    expect((await queueOf(id, { labelIds: [label] })).totalCount).toBe(0);
    for (const names of Object.values(suggestionsOf(await queueOf(id))))
      expect(names).toEqual(['kite', 'sailing boats']);
    expect((await queueOf(id)).totalCount).toBe(3);
    const other = await contents('Another');
    await classify({ labelSetId: other.id, threshold: 0 });
    expect(await accept([other.labelIds.get('cat')!])).toMatchObject({ acceptedCount: 0 });
  });

  test('all above a probability are accepted, found by their words, and taken back but for what changed since', async () => {
    const { id, labelIds } = await create({
      name: 'Bulk',
      labels: [{ name: 'zyzzyva', prompts: ['a photo of a cat'] }],
    });
    await classify({ labelSetId: id, threshold: 0 });
    const found = async () => {
      const query = '{ searchByText(query: "zyzzyva", mode: KEYWORD) { edges { node { id } } } }';
      return (await server.data(query)).searchByText.edges.map(({ node }: { node: { id: string } }) => node.id);
    };
    expect(await found()).toEqual([]);
    const some = (await server.data(ACCEPT, { labelSetId: id, probability: 0.5 })).acceptAllAbove;
    expect(some).toMatchObject({ acceptedCount: 1, remainingCount: 0, userErrors: [] });
    expect(await found()).toEqual([cat]);
    const rest = (await server.data(ACCEPT, { labelSetId: id, probability: 0 })).acceptAllAbove;
    expect(rest.acceptedCount).toBe(2);
    await decide([{ assetId: kite, labelId: labelIds.get('zyzzyva'), state: 'REJECTED' }]);
    const undone = (await server.data(UNDO, { batchId: rest.batchId })).undoReview;
    expect(undone).toEqual({
      batchId: rest.batchId,
      undoneCount: 1,
      conflicts: [{ assetId: kite, labelId: labelIds.get('zyzzyva'), currentState: 'REJECTED' }],
      userErrors: [],
    });
    expect(suggestionsOf(await queueOf(id))).toEqual({ [boats!]: ['zyzzyva'] });
    const again = async () => (await server.data(UNDO, { batchId: rest.batchId })).undoReview;
    expect(await again()).toEqual({ ...undone, undoneCount: 0 });
    // The last one is now that which rejected.
    expect((await server.data(UNDO)).undoReview.conflicts).toEqual([]);
    expect(await again()).toEqual({ ...undone, conflicts: [] });
    expect((await again()).userErrors).toEqual([{ code: 'LABEL_BATCH_NOT_FOUND' }]);
    await server.data(UPDATE_LABEL, { id: labelIds.get('zyzzyva'), input: { name: 'quokka' } });
    expect(await found()).toEqual([]);
  });

  test('merging moves what was decided and what was suggested; deleting leaves the history', async () => {
    const { id, labelIds } = await create({
      name: 'Merge',
      labels: [{ name: 'puss' }, { name: 'cat' }, { name: 'dog' }],
    });
    const [puss, into, dog] = ['puss', 'cat', 'dog'].map((name) => labelIds.get(name));
    await decide([
      { assetId: cat, labelId: puss, state: 'REJECTED' },
      { assetId: boats, labelId: puss, state: 'ACCEPTED' },
      { assetId: boats, labelId: into, state: 'REJECTED' },
    ]);
    await classify({ labelSetId: id, threshold: 0 });
    const merge =
      'mutation ($ids: [ID!]!, $intoId: ID!) { mergeLabels(ids: $ids, intoId: $intoId) { label { synonyms } userErrors { code } } }';
    expect((await server.data(merge, { ids: [puss], intoId: into })).mergeLabels).toEqual({
      label: { synonyms: ['puss'] },
      userErrors: [],
    });
    const suggested = suggestionsOf(await queueOf(id));
    expect(suggested).toEqual({ [cat!]: ['dog'], [boats!]: ['dog'], [kite!]: ['cat', 'dog'] });
    const labelled = 'query ($id: ID!) { asset(id: $id) { labels { name state } } }';
    const { labels } = (await server.data(labelled, { id: boats })).asset;
    expect(labels).toContainEqual({ name: 'cat', state: 'ACCEPTED' });
    const other = await create({ name: 'Elsewhere', labels: [{ name: 'x' }] });
    expect(await server.code(merge, { ids: [other.labelIds.get('x')], intoId: into })).toBe('INVALID_ARGUMENT');
    expect((await server.data(merge, { ids: [puss], intoId: dog })).mergeLabels.userErrors).toEqual([
      { code: 'LABEL_NOT_FOUND' },
    ]);
    const remove = 'mutation ($id: ID!) { deleteLabelSet(id: $id) { userErrors { code } } }';
    await server.data(remove, { id });
    const { labelHistory } = await server.data(HISTORY, { assetId: boats });
    expect(labelHistory.edges.map(({ node }: { node: { labelName: string } }) => node.labelName)).toContain('puss');
  });

  test('the synonyms of an accepted label find its pictures, as they are now', async () => {
    const { labelIds } = await create({
      name: 'Vehicles',
      labels: [{ name: 'car', synonyms: ['automobile', 'motor vehicle'] }, { name: 'jalopy' }],
    });
    const [car, jalopy] = ['car', 'jalopy'].map((name) => labelIds.get(name));
    const query = 'query ($query: String!) { searchByText(query: $query, mode: KEYWORD) { edges { node { id } } } }';
    const found = async (word: string) =>
      (await server.data(query, { query: word })).searchByText.edges.map(
        ({ node }: { node: { id: string } }) => node.id,
      );
    await decide([
      { assetId: kite, labelId: car, state: 'ACCEPTED' },
      { assetId: boats, labelId: car, state: 'REJECTED' },
    ]);
    for (const word of ['automobile', '"motor vehicle"', 'car']) expect(await found(word)).toEqual([kite]);
    // No phrase is of two words.
    expect(await found('"automobile motor"')).toEqual([]);
    await server.data(UPDATE_LABEL, { id: car, input: { synonyms: ['omnibus'] } });
    expect(await found('automobile')).toEqual([]);
    expect(await found('omnibus')).toEqual([kite]);
    const merge =
      'mutation ($ids: [ID!]!, $intoId: ID!) { mergeLabels(ids: $ids, intoId: $intoId) { userErrors { code } } }';
    await server.data(merge, { ids: [jalopy], intoId: car });
    expect(await found('jalopy')).toEqual([kite]);
    await decide([{ assetId: kite, labelId: car, state: 'REJECTED' }]);
    expect(await found('omnibus')).toEqual([]);
  });

  test('a merge that would give a label too many synonyms is refused before anything of it is done', async () => {
    const { id, labelIds } = await create({
      name: 'Wordy',
      labels: [
        { name: 'into', synonyms: Array.from({ length: 30 }, (_, index) => `synonym ${index}`) },
        { name: 'more', synonyms: Array.from({ length: 21 }, (_, index) => `synonym ${index + 29}`) },
        { name: 'less', synonyms: Array.from({ length: 20 }, (_, index) => `SYNONYM ${index + 29}`) },
      ],
    });
    const [into, more, less] = ['into', 'more', 'less'].map((name) => labelIds.get(name));
    await decide([{ assetId: cat, labelId: more, state: 'ACCEPTED' }]);
    const merge =
      'mutation ($ids: [ID!]!, $intoId: ID!) { mergeLabels(ids: $ids, intoId: $intoId) { label { synonyms } userErrors { code message } } }';
    expect((await server.data(merge, { ids: [more], intoId: into })).mergeLabels).toEqual({
      label: null,
      userErrors: [
        {
          code: 'LABEL_TOO_MANY_SYNONYMS',
          message: 'expected at most 50 synonyms for the merged label, received 51',
        },
      ],
    });
    const labelled = 'query ($id: ID!) { asset(id: $id) { labels { name } } }';
    expect((await server.data(labelled, { id: cat })).asset.labels).toContainEqual({ name: 'more' });
    const { label } = (await server.data(merge, { ids: [less], intoId: into })).mergeLabels;
    expect(label.synonyms).toHaveLength(50);
    expect((await classify({ labelSetId: id, dryRun: true })).state).toBe('SUCCEEDED');
  });

  test('a label that is merged into one below it leaves that below what is above', async () => {
    const labels = [
      { name: 'vehicle' },
      { name: 'boat', parent: 'vehicle' },
      { name: 'sloop', parent: 'boat' },
      { name: 'dinghy', parent: 'boat' },
      { name: 'gaff sloop', parent: 'sloop' },
      { name: 'optimist', parent: 'dinghy' },
    ];
    const { id, labelIds } = await create({ name: 'Below', labels });
    const merge = async (from: string, into: string) => {
      const variables = { ids: [labelIds.get(from)], intoId: labelIds.get(into) };
      const mutation =
        'mutation ($ids: [ID!]!, $intoId: ID!) { mergeLabels(ids: $ids, intoId: $intoId) { userErrors { code } } }';
      expect((await server.data(mutation, variables)).mergeLabels.userErrors).toEqual([]);
    };
    const parents = async () => {
      const query = 'query ($id: ID!) { labelSet(id: $id) { labels { id name parentId } } }';
      const all = (await server.data(query, { id })).labelSet.labels as NamedLabel[];
      const nameOf = (wanted: string | null) => all.find((label) => label.id === wanted)?.name ?? null;
      return Object.fromEntries(all.map(({ name, parentId }) => [name, nameOf(parentId)]));
    };
    await merge('boat', 'sloop');
    const under = { sloop: 'vehicle', dinghy: 'sloop', 'gaff sloop': 'sloop', optimist: 'dinghy' };
    expect(await parents()).toEqual({ vehicle: null, ...under });
    // What was between the two comes below: nothing is above them any more.
    await merge('vehicle', 'optimist');
    expect(await parents()).toEqual({ ...under, sloop: 'optimist', optimist: null });
  });

  test('a set goes out as a file and comes back as it was; a bad file makes none', async () => {
    const labels = [
      { name: 'b', description: 'say "b", then\nmore', synonyms: ['bee', 'be, or not'], threshold: 0.25 },
      { name: 'a', parent: 'b', colour: '#00ff00', prompts: ['an {}'], negativePrompts: ['no "a"', 'not a'] },
    ];
    const { id } = await create({ name: 'Out', isExclusive: true, templates: ['one {}'], labels });
    const write = 'query ($id: ID!, $format: LabelSetFormat!) { exportLabelSet(id: $id, format: $format) }';
    const read = `mutation ($format: LabelSetFormat!, $content: String!, $name: String) {
      importLabelSet(format: $format, content: $content, name: $name) { labelSet { id isExclusive templates } userErrors { code } } }`;
    const json = (await server.data(write, { id, format: 'JSON' })).exportLabelSet as string;
    const { importLabelSet } = await server.data(read, { format: 'JSON', content: json, name: 'Back' });
    const back = (await server.data(write, { id: importLabelSet.labelSet.id, format: 'JSON' }))
      .exportLabelSet as string;
    expect(JSON.parse(back)).toEqual({ ...(JSON.parse(json) as object), name: 'Back' });
    const csv = (await server.data(write, { id, format: 'CSV' })).exportLabelSet as string;
    // What tells a spreadsheet that it is UTF-8.
    expect(csv.startsWith('\uFEFFname,')).toBe(true);
    const fromCsv = (await server.data(read, { format: 'CSV', content: csv, name: 'Csv' })).importLabelSet;
    expect((await server.data(write, { id: fromCsv.labelSet.id, format: 'CSV' })).exportLabelSet).toBe(csv);
    const bad = [
      ['JSON', '{'],
      ['JSON', '{"labels": [{"name": 1}]}'],
      ['CSV', 'name,weight\nx,1\n'],
      ['CSV', 'name,threshold\nx,much\n'],
      ['CSV', 'name\n"x\n'],
      ['CSV', 'name\nx,y\n'],
      ['CSV', 'name,parent\na,nobody\n'],
      ['JSON', '{"labels": [{"name": "a", "parent": "A"}]}'],
      ['CSV', `name\n${MANY.map(({ name }) => name).join('\n')}`],
      ['JSON', JSON.stringify({ labels: MANY })],
    ];
    for (const [format, content] of bad) {
      const { userErrors, labelSet } = (await server.data(read, { format, content, name: 'Bad' })).importLabelSet;
      expect([content, labelSet, userErrors]).toEqual([content, null, [{ code: 'LABEL_SET_INVALID' }]]);
    }
    const marked = (await server.data(read, { format: 'JSON', content: `\uFEFF${json}`, name: 'Marked' }))
      .importLabelSet;
    expect(marked.userErrors).toEqual([]);
  });

  test('a bad file is told what is wrong with it, and with which label', async () => {
    const read = `mutation ($format: LabelSetFormat!, $content: String!, $name: String!) {
      importLabelSet(format: $format, content: $content, name: $name) { userErrors { message } } }`;
    const said = async (format: string, content: string, name = 'Bad') => {
      const { data, errors } = await server.gql(read, { format, content, name });
      return errors?.[0]?.message ?? data.importLabelSet.userErrors[0]?.message;
    };
    expect(await said('JSON', '{')).toBe('expected a label set, received what is no JSON');
    expect(await said('CSV', 'name,colour,name\na,,b\n')).toBe('expected each column once for line 1, received "name"');
    expect(await said('CSV', 'name\na\nb,c\n')).toBe('expected 1 cells for line 3, received 2');
    expect(await said('CSV', 'name,colour\na,\nrose,red\n')).toBe(
      'expected "#rrggbb" for colour, received "red", in line 3',
    );
    expect(await said('CSV', 'name,threshold\nrose,7\n')).toBe('expected 0 to 1 for threshold, received 7, in line 2');
    expect(await said('CSV', 'name,synonyms\nrose,"a\n\nb"\n')).toBe(
      'expected 1 to 200 characters for a synonym, received "", in line 2',
    );
    expect(await said('CSV', 'name,synonyms\nrose,"a\nA"\n')).toBe(
      'expected synonyms that differ by more than case for synonyms, received "A", in line 2',
    );
    expect(await said('CSV', 'name,description\nrose,"a\nb"\n\nROSE,\n')).toBe(
      'expected labels that differ by more than case for labels, received "ROSE", in line 5',
    );
    expect(await said('CSV', 'name,parent\nb,\na,nobody\n')).toBe(
      'expected a label of the same set for the parent of "a", received "nobody", in line 3',
    );
    expect(await said('CSV', 'name,parent\nb,\na,c\nc,A\n')).toBe(
      'expected a label that is not below it for the parent of "a", received "c", in line 3',
    );
    expect(await said('JSON', '{"labels":[{"name":"rose","colour":"red"}]}')).toBe(
      'expected "#rrggbb" for colour, received "red", in label 1, "rose"',
    );
    expect(await said('CSV', 'name,threshold\nrose,"0,5"\n')).toBe(
      'expected a number for threshold in line 2, received "0,5"',
    );
    expect(await said('CSV', 'sep=;\nname;threshold\nrose;0,5;\ntulip;half\n')).toBe(
      'expected a number for threshold in line 4, received "half"',
    );
    expect(await said('CSV', 'name,description\nThe "Big" Bear,x\n')).toBe(
      'expected cells in quotes where they have quotes, each of those twice, for line 2, received "The \\"Big\\" Bear,x\\n"',
    );
    expect(await said('CSV', 'name|colour\nrose|\n')).toBe(
      'expected a header with name and any of name, description, synonyms, parent, colour, threshold, prompts, ' +
        'negativePrompts, parted by commas, semicolons or tabs, for line 1, received "name|colour"',
    );
    expect(await said('CSV', 'name\nrose\n', ' ')).toBe('expected 1 to 200 characters for a label set, received " "');
  });

  test.each([
    ['semicolons', '\uFEFFName;Colour;Threshold;Synonyms\r\nStraße, lang;#AABBCC;0,5;"Weg; klein\r\nGasse"\r\n'],
    ['a line that says so', 'sep=;\r\nname;colour;threshold;synonyms\r\nStraße, lang;#aabbcc;0.5;"Weg; klein\nGasse"'],
    ['tabs', 'NAME\tcolour\tthreshold\tsynonyms\nStraße, lang\t#aabbcc\t0,5\t"Weg; klein\nGasse"\n'],
    [
      'empty columns and rows behind',
      '"name",colour,threshold,synonyms,,\r\n"Straße, lang",#aabbcc,0.5,"Weg; klein\r\nGasse",,\r\n,,,,,\r\n\r\n',
    ],
    [
      'carriage returns alone',
      'name;colour;threshold;synonyms;\rStraße, lang;#aabbcc;0,5;"Weg; klein\rGasse";\r;;;;\r',
    ],
  ])('a spreadsheet may write CSV with %s', async (how, content) => {
    const { importLabelSet } = await server.data(
      `mutation ($content: String!, $name: String) { importLabelSet(format: CSV, content: $content, name: $name) {
        labelSet { labels { name colour threshold synonyms } } userErrors { message } } }`,
      { content, name: `CSV with ${how}` },
    );
    expect(importLabelSet).toEqual({
      labelSet: {
        labels: [{ name: 'Straße, lang', colour: '#aabbcc', threshold: 0.5, synonyms: ['Weg; klein', 'Gasse'] }],
      },
      userErrors: [],
    });
  });

  test('what a spreadsheet would compute goes out as text, and comes back as it was', async () => {
    const names = ['+1', '-2', '=1+1', '@SUM(A1)', "'=1", "''-", "'tis"];
    const { id } = await create({ name: 'Formulas', labels: names.map((name) => ({ name })) });
    const write = 'query ($id: ID!) { exportLabelSet(id: $id, format: CSV) }';
    const csv = (await server.data(write, { id })).exportLabelSet as string;
    for (const cell of ["'+1", "'-2", "'=1+1", "'@SUM(A1)", "''=1", "'''-", "'tis"])
      expect(csv).toContain(`\r\n${cell},`);
    const { importLabelSet } = await server.data(
      `mutation ($content: String!) { importLabelSet(format: CSV, content: $content, name: "Formulas again") {
        labelSet { labels { name } } userErrors { message } } }`,
      { content: csv },
    );
    expect(importLabelSet.labelSet.labels.map(({ name }: { name: string }) => name).toSorted()).toEqual(
      names.toSorted(),
    );
  });

  test('CSV of one column is parted as its first line says', async () => {
    const { importLabelSet } = await server.data(
      `mutation ($content: String!) { importLabelSet(format: CSV, content: $content, name: "CSV of one column") {
        labelSet { labels { name } } userErrors { message } } }`,
      { content: 'sep=;\r\nname\r\nStraße, lang\r\n' },
    );
    expect(importLabelSet).toEqual({ labelSet: { labels: [{ name: 'Straße, lang' }] }, userErrors: [] });
  });

  test('a set that ships is made, classifies, and people’s agreement with it is counted', async () => {
    const make =
      'mutation { createReadyMadeLabelSet(readyMade: SCENES) { labelSet { id labels { id name } } userErrors { code } } }';
    const { labelSet } = (await server.data(make)).createReadyMadeLabelSet;
    const best = `query ($assetId: ID!, $id: ID!) {
      zeroShotClassify(assetId: $assetId, labelSetId: $id, topK: 1) { label probability } }`;
    const [place] = (await server.data(best, { assetId: cat, id: labelSet.id })).zeroShotClassify;
    expect(place.label).toBe('Somewhere else');
    expect(place.probability).toBeGreaterThan(0.5);
    await classify({ labelSetId: labelSet.id, threshold: 0 });
    const { edges } = await queueOf(labelSet.id);
    expect(edges.map(({ node }) => node.assignments.length)).toEqual([1, 1, 1]);
    const [right, wrong] = edges.map(({ node }) => ({ assetId: node.asset.id, suggested: node.assignments[0]!.label }));
    const other = (labelSet.labels as NamedLabel[]).find(({ name }) => name !== wrong!.suggested.name)!;
    await decide([
      { assetId: right!.assetId, labelId: right!.suggested.id, state: 'ACCEPTED' },
      { assetId: wrong!.assetId, labelId: other.id, state: 'ACCEPTED' },
    ]);
    const ask = `query ($id: ID!) { labelSetAgreement(labelSetId: $id) {
      labels { label { name } open accepted rejected agreement } confusion { suggested { name } accepted { name } count } } }`;
    const { labels, confusion } = (await server.data(ask, { id: labelSet.id })).labelSetAgreement;
    const sum = (field: string) =>
      labels.reduce((total: number, each: Record<string, number>) => total + each[field]!, 0);
    expect([sum('open'), sum('accepted'), sum('rejected')]).toEqual([1, 1, 1]);
    expect(confusion).toEqual([
      { suggested: { name: wrong!.suggested.name }, accepted: { name: other.name }, count: 1 },
    ]);
  });

  test('one picture: prompts of one’s own, negative ones, none of these, a set, and the best only', async () => {
    const query = `query ($assetId: ID, $labels: [String!], $prompted: [PromptedLabel!], $labelSetId: ID, $none: Boolean! = false, $topK: Int, $multi: Boolean) {
      zeroShotClassify(assetId: $assetId, labels: $labels, promptedLabels: $prompted, labelSetId: $labelSetId, includeNone: $none, topK: $topK, multiLabel: $multi) { label labelId isNone score probability } }`;
    const ask = async (variables: object) =>
      (await server.data(query, { assetId: cat, ...variables })).zeroShotClassify as {
        label: string;
        labelId: string | null;
        isNone: boolean;
        score: number;
        probability: number;
      }[];
    const none = await ask({ labels: ['castle', 'bridge'], none: true });
    expect(none[0]).toMatchObject({ label: 'none of these', isNone: true });
    expect(none.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1, 6);
    expect((await ask({ labels: ['cat', 'bridge'], none: true }))[0]).toMatchObject({ label: 'cat', isNone: false });
    // Its score is that of the nearest everyday word, though this very word counts nothing against the label.
    const [word, noneBeside] = await ask({ labels: ['cat'], none: true, multi: true });
    expect(noneBeside).toMatchObject({ isNone: true, score: word!.score });
    expect(noneBeside!.probability).toBeLessThan(word!.probability);
    const prompts = { name: 'x', prompts: ['a photo of a cat'] };
    const [plain] = await ask({ prompted: [prompts], multi: true });
    const [against] = await ask({
      prompted: [{ ...prompts, negativePrompts: ['a close-up of the face of a cat'] }],
      multi: true,
    });
    expect(plain!.probability).toBeGreaterThan(0.5);
    expect(against!.probability).toBeLessThan(plain!.probability);
    const { id, labelIds } = await contents('Single');
    expect(await ask({ labelSetId: id, topK: 1 })).toEqual([
      {
        label: 'cat',
        labelId: labelIds.get('cat'),
        isNone: false,
        score: expect.any(Number),
        probability: expect.any(Number),
      },
    ]);
    for (const bad of [{}, { labels: ['x'], labelSetId: id }, { labels: ['x'], topK: 0 }])
      expect(await server.code(query, { assetId: cat, ...bad })).toBe('INVALID_ARGUMENT');
    expect(await server.code(query, { assetId: cat, labelSetId: NOWHERE })).toBe('LABEL_SET_NOT_FOUND');
  });
});
